use super::software::Software;

struct Function {
    name: &'static str,
    ours: fn(f64) -> f64,
    /// The same without the processor's fused multiply-add.
    software: fn(f64) -> f64,
    /// The platform's.
    platform: fn(f64) -> f64,
    /// An argument made of random bits.
    argument: fn(u64) -> f64,
    /// The first of the grid, and the FNV-1a hash of the results on it, by
    /// glibc 2.36 on a processor with fused multiply-add.
    grid: (i32, u64),
}

const FUNCTIONS: [Function; 4] = [
    Function {
        name: "exp",
        ours: super::exp,
        software: super::exp::exp::<Software>,
        platform: f64::exp,
        argument: exponent,
        grid: (-750_000, 0xbc2e_94d4_35ac_8eb1),
    },
    Function {
        name: "exp_m1",
        ours: super::exp_m1,
        software: super::exp_m1::exp_m1::<Software>,
        platform: f64::exp_m1,
        argument: exponent,
        grid: (-750_000, 0x4d3e_70c3_5eb9_3b08),
    },
    Function {
        name: "ln",
        ours: super::ln,
        software: super::ln::ln::<Software>,
        platform: f64::ln,
        argument: ratio,
        grid: (0, 0x84b3_b5aa_a526_533c),
    },
    Function {
        name: "log2",
        ours: super::log2,
        software: super::log2::log2::<Software>,
        platform: f64::log2,
        argument: ratio,
        grid: (0, 0xd698_7153_5068_1064),
    },
];

/// The random numbers of SplitMix64.
fn random(n: u64) -> u64 {
    let z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// From 0 up to 1.
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Of random digits, sign, and magnitude between 2^low and 2^(low + 64).
fn magnitude(bits: u64, low: i32) -> f64 {
    let exponent = ((bits >> 52 & 63) as i32 + low + 1023) as u64;
    f64::from_bits(bits & !(0x7ff << 52) | exponent << 52)
}

/// The double `steps` beyond `x`.
fn beside(x: f64, steps: u64) -> f64 {
    f64::from_bits(x.to_bits().wrapping_add(steps % 2001).wrapping_sub(1000))
}

fn exponent(bits: u64) -> f64 {
    let fraction = fraction(bits);
    match bits % 8 {
        0 => 20.0 * fraction,
        1 => -710.0 * fraction,
        2 => 1500.0 * fraction - 750.0,
        3 => 2.0 * fraction - 1.0,
        4 => magnitude(bits, -60),
        5 => f64::from_bits(bits),
        // The borders at which the argument is reduced otherwise.
        6 => beside(
            f64::from((bits >> 40) as i32 % 4300 - 2150) * std::f64::consts::LN_2 / 2.0,
            bits >> 3,
        ),
        _ => beside(
            [
                f64::EPSILON / 4.0,
                709.782712893384,
                -708.0,
                -745.13,
                512.0,
                38.816242,
            ][(bits >> 40) as usize % 6],
            bits >> 3,
        ),
    }
}

fn ratio(bits: u64) -> f64 {
    let fraction = fraction(bits);
    match bits % 8 {
        0 => f64::from_bits(bits >> 1),
        1 => f64::from_bits(bits),
        2 => 0.9 + 0.2 * fraction,
        3 => 1.0 + magnitude(bits, -66),
        4 => magnitude(bits, -32).abs(),
        // Bases of logarithms.
        5 => (bits >> 40) as f64 / 256.0,
        6 => beside(
            [
                0.9576029777526855,
                1.0442743301391602,
                0.9375,
                1.064697265625,
                0.6875,
                f64::MIN_POSITIVE,
            ][(bits >> 40) as usize % 6],
            bits >> 3,
        ),
        _ => {
            let [mean, opposite] =
                [bits, random(bits)].map(|bits| super::exp_m1(20.0 * self::fraction(bits)) + 1e-9);
            mean / opposite
        }
    }
}

/// FNV-1a, a word at a time.
pub(crate) fn hash(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Bits, with one NaN for all.
fn bits(x: f64) -> u64 {
    if x.is_nan() {
        u64::MAX
    } else {
        x.to_bits()
    }
}

/// The first of `n` arguments at which two functions differ.
fn difference(function: &Function, other: fn(f64) -> f64, n: u64) -> Option<f64> {
    (0..n)
        .map(|i| (function.argument)(random(i)))
        .find(|&x| bits((function.ours)(x)) != bits(other(x)))
}

#[test]
fn the_functions_without_fused_multiply_add_are_the_same() {
    for function in &FUNCTIONS {
        assert_eq!(
            difference(function, function.software, 2_000_000),
            None,
            "{}",
            function.name
        );
    }
}

#[test]
fn a_fine_grid_has_the_bits_of_glibc() {
    for function in &FUNCTIONS {
        let (first, expected) = function.grid;
        let grid = (first..first + 1_500_000).map(|i| f64::from(i) / 1000.0);
        let found = hash(grid.map(|x| (function.ours)(x).to_bits()));
        assert_eq!(found, expected, "{}: {found:#x}", function.name);
    }
}

/// By hand, in some seconds with `--release`.
#[test]
#[ignore = "needs the C library of Linux on a processor with fused multiply-add"]
fn many_arguments_have_the_results_of_glibc() {
    for function in &FUNCTIONS {
        assert_eq!(
            difference(function, function.platform, 100_000_000),
            None,
            "{}",
            function.name
        );
    }
}

#[test]
fn the_ends_of_the_ranges() {
    const INFINITY: f64 = f64::INFINITY;
    for function in &FUNCTIONS {
        assert!((function.ours)(f64::NAN).is_nan(), "{}", function.name);
    }
    let known: [(&str, f64, f64); 15] = [
        ("exp", 0.0, 1.0),
        ("exp", 709.782712893384, 1.7976931348622732e308),
        ("exp", 709.7827128933841, INFINITY),
        ("exp", -745.1332191019411, 5e-324),
        ("exp", -745.1332191019412, 0.0),
        ("exp", -INFINITY, 0.0),
        ("exp_m1", -0.0, -0.0),
        ("exp_m1", 5e-324, 5e-324),
        ("exp_m1", 709.7827128933841, INFINITY),
        ("exp_m1", -INFINITY, -1.0),
        ("log2", 0.0, -INFINITY),
        ("log2", 5e-324, -1074.0),
        ("log2", INFINITY, INFINITY),
        ("ln", -0.0, -INFINITY),
        ("ln", 1.0, 0.0),
    ];
    for (name, x, y) in known {
        for function in FUNCTIONS.iter().filter(|function| function.name == name) {
            assert_eq!((function.ours)(x).to_bits(), y.to_bits(), "{name}({x:e})");
        }
    }
    assert!(super::ln(-1.0).is_nan() && super::log2(-5e-324).is_nan());
}
