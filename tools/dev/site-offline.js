// A site of pkgdown 2.0 fetches scripts from the network, which tools/dev/site.R
// takes out. pkgdown's own script would stop at the first that is missing. The
// contents beside a page are in the page itself; the search is here.
(function ($) {
  window.Toc = { init: function () {} };
  window.ClipboardJS = { isSupported: function () { return false; } };
  window.Mark = function () {};
  window.Mark.prototype.mark = function () {};
  $.fn.headroom = function () { return this; };
  $.fn.autocomplete = function () { return this; };

  var root = document.currentScript.src.replace(/[^\/]*$/, "");
  var mostShown = 20;

  // Entries that have all words, those with the most of them in their headings
  // first.
  function search(entries, query) {
    var words = query.toLowerCase().split(/\s+/).filter(Boolean);
    function inHeading(entry) {
      return words.filter(function (word) {
        return entry.heading.toLowerCase().includes(word);
      }).length;
    }
    return entries
      .filter(function (entry) {
        return words.length > 0 && words.every(function (word) {
          return entry.words.includes(word);
        });
      })
      .sort(function (a, b) { return inHeading(b) - inHeading(a); })
      .slice(0, mostShown);
  }

  function linkTo(entry) {
    return $("<a class='dropdown-item text-wrap'>")
      .attr("href", root + entry.path)
      .text(entry.heading);
  }

  $(function () {
    var input = $("#site-search");
    var list = $("<div class='dropdown-menu' style='max-height: 70vh;" +
      " overflow-y: auto; right: 0; width: min(28rem, 80vw)'>");
    input.closest("form").css("position", "relative").append(list);

    function show() {
      var query = input.val().trim();
      var found = search(window.siteIndex || [], query);
      list.empty().append(found.map(linkTo));
      if (found.length === 0) {
        list.append("<span class='dropdown-item-text'>Nothing found.</span>");
      }
      list.toggleClass("show", query.length > 1 && !!window.siteIndex);
    }

    // A script may be read from a disk, where a table of JSON may not.
    input.one("focus", function () {
      var script = document.createElement("script");
      script.src = root + "site-index.js";
      script.onload = show;
      document.head.appendChild(script);
    });
    input.on("input", show);
    input.on("keydown", function (event) {
      if (event.key === "Escape") { list.removeClass("show"); }
    });
    input.closest("form").on("submit", function (event) {
      var first = list.find("a").attr("href");
      event.preventDefault();
      if (first) { window.location.href = first; }
    });
    $(document).on("click", function (event) {
      if (!$(event.target).closest("form").length) { list.removeClass("show"); }
    });
  });
})(jQuery);
