//! Whatever a file says is read as it was written: see
//! `tests/fixtures/make_hdf5.py`.

use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{Dataspace, Error, File, Values};

const NAMES: [&str; 3] = ["earliest", "v110", "latest"];

fn open(name: &str) -> File {
    let folder = Path::new("../../../tests/testthat/fixtures");
    File::open(&folder.join(format!("hdf5-{name}.h5"))).expect("the file")
}

fn values(file: &File, path: &str) -> Result<Values, Error> {
    let node = file.node(path)?.expect("a dataset");
    node.values(&Control::default())
}

fn attribute(file: &File, path: &str, name: &str) -> Option<Values> {
    let node = file.node(path).expect("a file").expect("an object");
    node.attribute(name, &Control::default()).expect("a file")
}

fn members(file: &File, path: &str) -> Vec<String> {
    let node = file.node(path).expect("a file").expect("a group");
    assert!(node.is_group());
    node.members().map(str::to_owned).collect()
}

fn n_values(file: &File, path: &str) -> u64 {
    let node = file.node(path).expect("a file").expect("a dataset");
    let about = node.about().expect("a dataset");
    about.space.n_values().expect("a number")
}

fn text(values: &Values) -> Vec<String> {
    let Values::Text(text) = values else {
        panic!("{values:?} is no text");
    };
    assert_eq!(text.n_invalid(), 0);
    text.iter()
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect()
}

fn ramp(n: u64) -> Vec<f64> {
    (0..n).map(|i| (i % 100) as f64).collect()
}

#[test]
fn every_type_of_numbers_is_read() {
    for name in NAMES {
        let file = open(name);
        assert_eq!(members(&file, "whole").len(), 16);
        for member in members(&file, "whole") {
            let path = format!("whole/{member}");
            assert_eq!(values(&file, &path), Ok(Values::Whole(ramp(7))), "{path}");
        }
        let quarters: Vec<f64> = ramp(7).iter().map(|x| x / 4.0).collect();
        assert_eq!(members(&file, "quarter").len(), 6);
        for member in members(&file, "quarter") {
            let path = format!("/quarter/{member}");
            let expected = Values::Float(quarters.clone());
            assert_eq!(values(&file, &path), Ok(expected), "{path}");
        }
    }
}

#[test]
fn large_whole_numbers_are_exact() {
    for name in NAMES {
        let file = open(name);
        let exact = |path| match values(&file, path) {
            Ok(Values::Large(_, text)) => text,
            other => panic!("{other:?}"),
        };
        let unsigned = ["18446744073709551615", "0", "9007199254740993"];
        assert_eq!(exact("large/unsigned"), unsigned);
        let signed = ["-9223372036854775808", "9223372036854775807"];
        assert_eq!(exact("large/signed"), signed);
    }
}

#[test]
fn text_is_read_whatever_it_ends_with() {
    for name in NAMES {
        let file = open(name);
        assert_eq!(members(&file, "text").len(), 4);
        for member in members(&file, "text") {
            let read = values(&file, &format!("text/{member}")).expect("text");
            assert_eq!(text(&read), ["", "a", "gène", "β cells"], "{member}");
        }
        let labels = text(&values(&file, "labels/gzip").expect("text"));
        let expected: Vec<String> = (0..300).map(|i| format!("label {i}")).collect();
        assert_eq!(labels, expected);
    }
}

#[test]
fn every_layout_gives_its_values() {
    for name in NAMES {
        let file = open(name);
        assert_eq!(members(&file, "layout").len(), 19);
        for member in members(&file, "layout") {
            let path = format!("layout/{member}");
            let expected = Values::Whole(ramp(n_values(&file, &path)));
            assert_eq!(values(&file, &path), Ok(expected), "{name} {path}");
        }
    }
}

#[test]
fn values_that_nobody_wrote_are_the_fill_value() {
    for name in NAMES {
        let file = open(name);
        for (member, value, n) in [("seven", 7.0, 40), ("zero", 0.0, 40), ("some", 7.0, 400)] {
            let path = format!("unwritten/{member}");
            assert_eq!(values(&file, &path), Ok(Values::Whole(vec![value; n])));
        }
    }
}

#[test]
fn other_values_are_what_they_are() {
    for name in NAMES {
        let file = open(name);
        let boolean = values(&file, "other/boolean");
        assert_eq!(boolean, Ok(Values::Enum(vec![1.0, 0.0, 1.0])));
        assert_eq!(values(&file, "other/scalar"), Ok(Values::Whole(vec![7.0])));
        assert_eq!(text(&values(&file, "other/text").expect("text")), ["one"]);
        assert_eq!(values(&file, "other/empty"), Ok(Values::Float(Vec::new())));
        assert_eq!(values(&file, "other/of_type"), Ok(Values::Whole(ramp(5))));
        let null = file.node("other/null").expect("a file").expect("a dataset");
        assert_eq!(null.about().expect("a dataset").space, Dataspace::Null);
        let Ok(Values::Records(records)) = values(&file, "other/records") else {
            panic!("no records");
        };
        let names: Vec<&str> = records.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["number", "fraction", "text", "flag"]);
        assert_eq!(records[0].1, Values::Whole(vec![1.0, 2.0]));
        assert_eq!(records[1].1, Values::Float(vec![0.5, 0.25]));
        assert_eq!(text(&records[2].1), ["x", "yy"]);
        assert_eq!(records[3].1, Values::Enum(vec![1.0, 0.0]));
        let one = vec![("only".into(), Values::Whole(vec![3.0]))];
        assert_eq!(values(&file, "other/one_member"), Ok(Values::Records(one)));
        let reference = values(&file, "other/reference");
        assert!(matches!(reference, Err(Error::Unsupported(_))));
    }
}

#[test]
fn links_lead_where_they_say() {
    for name in NAMES {
        let file = open(name);
        for path in ["soft", "hard/scalar", "other/beside", "/./hard//beside"] {
            assert_eq!(values(&file, path), Ok(Values::Whole(vec![7.0])), "{path}");
        }
        assert!(file.node("no such").expect("a file").is_none());
        assert!(file.node("soft/below").expect("a file").is_none());
        assert!(matches!(file.node("circle"), Err(Error::Damaged(_))));
        assert!(matches!(file.node("elsewhere"), Err(Error::Unsupported(_))));
        let mut expected: Vec<String> = (0..100).map(|i| format!("member {i}")).collect();
        expected.sort();
        assert_eq!(members(&file, "members"), expected);
        assert!(file.node("members/member 57").expect("a file").is_some());
    }
}

#[test]
fn attributes_are_found_among_few_and_many() {
    for name in NAMES {
        let file = open(name);
        for (path, n) in [("few", 3), ("many", 40)] {
            for i in 0..n {
                let found = attribute(&file, path, &format!("number {i}"));
                assert_eq!(found, Some(Values::Whole(vec![f64::from(i)])));
            }
            assert_eq!(attribute(&file, path, "no such"), None);
        }
        let few = |name| attribute(&file, "few", name).expect("an attribute");
        assert_eq!(text(&few("text")), ["gène"]);
        assert_eq!(text(&few("texts")), ["a", "bb"]);
        assert_eq!(few("boolean"), Values::Enum(vec![1.0]));
        assert_eq!(few("shape"), Values::Whole(vec![12.0, 6.0]));
        assert_eq!(few("none"), Values::Float(Vec::new()));
        let long = attribute(&file, "many", "long").expect("an attribute");
        assert_eq!(text(&long), ["x".repeat(5000)]);
    }
}

/// `tests/fixtures/MakeJhdf5.java` writes it.
#[test]
fn attributes_that_are_one_array_are_its_values() {
    let path = Path::new("../../../tests/testthat/fixtures/jhdf5.h5ad");
    let file = File::open(path).expect("the file");
    let shape = attribute(&file, "X", "shape");
    assert_eq!(shape, Some(Values::Whole(vec![12.0, 6.0])));
    let columns = attribute(&file, "obs", "column-order").expect("an attribute");
    let expected = ["group", "text", "flag", "number", "nullable"];
    assert_eq!(text(&columns), expected);
}
