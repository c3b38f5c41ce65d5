//! The natural order of strings: "2" before "10".
//!
//! As the Python package natsort has it, which orders groups for anndata:
//! letters are taken apart from their accents (Unicode's form NFD), then text
//! and numbers compare by turns, text by code points, numbers by value.
//! Strings that are equal so far ("1", "01") compare as they are.

use extendr_api::prelude::*;
use unicode_normalization::UnicodeNormalization;

/// The order that sorts strings naturally.
///
/// @param x Strings, valid UTF-8, none `NA`.
/// @return Places in `x` from 1, the first string's first.
/// @noRd
#[extendr]
fn natural_order(x: Strings) -> Vec<i32> {
    let strings: Vec<&str> = x.iter().map(|string| string.as_ref()).collect();
    let keys: Vec<Key> = strings.iter().map(|string| key(string)).collect();
    let mut order: Vec<usize> = (0..strings.len()).collect();
    order.sort_by_key(|&place| (&keys[place], strings[place]));
    order.into_iter().map(|place| place as i32 + 1).collect()
}

/// Text, be it empty, and the number after it, if there is one.
type Key = Vec<(String, Option<Number>)>;

/// How many digits, and these digits, without zeros in front: numbers may be
/// longer than any integer.
type Number = (usize, String);

fn key(string: &str) -> Key {
    let mut key = Key::new();
    let mut text = String::new();
    let mut rest = string.nfd().peekable();
    while let Some(character) = rest.next() {
        let number = if let Some(digit) = decimal(character) {
            let mut digits = String::from(digit);
            while let Some(digit) = rest.peek().copied().and_then(decimal) {
                digits.push(digit);
                rest.next();
            }
            digits
        } else if let Some(digit) = lone_digit(character) {
            String::from(digit)
        } else {
            text.push(character);
            continue;
        };
        let digits = number.trim_start_matches('0');
        let number = (digits.len(), String::from(digits));
        key.push((std::mem::take(&mut text), Some(number)));
    }
    if !text.is_empty() {
        key.push((text, None));
    }
    key
}

/// The digit that a decimal digit of any script stands for: digits in a row
/// make one number.
fn decimal(character: char) -> Option<char> {
    let code = u32::from(character);
    let after = ZEROS.partition_point(|&zero| zero <= code);
    let value = code - ZEROS[after.checked_sub(1)?];
    char::from_digit(value, 10)
}

/// The digit that a raised, circled or other such digit stands for: each is a
/// number of its own.
fn lone_digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let after = LONE_DIGITS.partition_point(|&(first, _, _)| first <= code);
    let (first, last, value) = LONE_DIGITS[after.checked_sub(1)?];
    (code <= last).then(|| char::from_digit(value + (code - first), 10))?
}

/// Each script's digit 0; 1 to 9 come right after it.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// First and last of a run of them, and the value of the first.
const LONE_DIGITS: [(u32, u32, u32); 21] = [
    (0xB2, 0xB3, 2),
    (0xB9, 0xB9, 1),
    (0x1369, 0x1371, 1),
    (0x19DA, 0x19DA, 1),
    (0x2070, 0x2070, 0),
    (0x2074, 0x2079, 4),
    (0x2080, 0x2089, 0),
    (0x2460, 0x2468, 1),
    (0x2474, 0x247C, 1),
    (0x2488, 0x2490, 1),
    (0x24EA, 0x24EA, 0),
    (0x24F5, 0x24FD, 1),
    (0x24FF, 0x24FF, 0),
    (0x2776, 0x277E, 1),
    (0x2780, 0x2788, 1),
    (0x278A, 0x2792, 1),
    (0x10A40, 0x10A43, 1),
    (0x10E60, 0x10E68, 1),
    (0x11052, 0x1105A, 1),
    (0x1F100, 0x1F100, 0),
    (0x1F101, 0x1F10A, 0),
];

extendr_module! {
    mod natural_order;
    fn natural_order;
}
