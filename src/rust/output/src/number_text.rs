//! Numbers as text from which the same numbers are read.

/// A number as other languages read it, too: the fewest digits that tell it
/// from any other.
pub fn number_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".into(),
        _ if number.is_infinite() && number < 0.0 => "-Inf".into(),
        _ if number.is_infinite() => "Inf".into(),
        _ if number == 0.0 || (1e-5..1e15).contains(&number.abs()) => number.to_string(),
        _ => format!("{number:e}"),
    }
}

/// The number of such a text.
pub fn number_of(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were() {
        let numbers = [
            0.0,
            -0.0,
            0.1,
            f64::from(0.1f32),
            1.0,
            -12345.678,
            5e-324,
            1e-300,
            f64::MAX,
            f64::MIN_POSITIVE,
            1e15,
            1e-5,
            9.999_999_999_999_999e-6,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        for number in numbers {
            let text = number_text(number);
            let read = number_of(&text).expect("a number");
            assert_eq!(number.to_bits(), read.to_bits(), "{text}");
            assert!(text.len() < 25, "{text}");
        }
        assert!(number_of(&number_text(f64::NAN)).is_some_and(f64::is_nan));
        assert_eq!(number_of("much"), None);
    }
}
