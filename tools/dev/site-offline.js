// Without a network, the scripts that pkgdown 2.0 fetches are not there. Its own
// script would stop at the first of them. The contents beside a page are in the
// page itself (tools/dev/site.R).
(function ($) {
  window.Toc = { init: function () {} };
  if (!$.fn.headroom) {
    $.fn.headroom = function () { return this; };
  }
  if (!window.ClipboardJS) {
    window.ClipboardJS = { isSupported: function () { return false; } };
  }
  if (!window.Mark) {
    window.Mark = function () {};
    window.Mark.prototype.mark = function () {};
  }
  if (!window.Fuse || !$.fn.autocomplete) {
    $.fn.autocomplete = function () { return this; };
    $(function () { $("#search-input").closest("form").hide(); });
  }
})(jQuery);
