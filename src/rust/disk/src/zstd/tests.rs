use super::*;
use std::iter::successors;

// The frames of `tests/fixtures/make_zstd.py`, and what they become.
const LETTERS: &[u8] = include_bytes!("frames/letters.zst");
const FEW_LETTERS: &[u8] = include_bytes!("frames/few-letters.zst");
const WAVES: &[u8] = include_bytes!("frames/waves.zst");

fn draws() -> impl Iterator<Item = usize> {
    let next = |x: &usize| Some((x * 1_103_515_245 + 12_345) & 0x7fff_ffff);
    successors(Some(1), next).skip(1).map(|x| x >> 16)
}

fn letters(n: usize) -> Vec<u8> {
    let letter = |x| 97 + (x % 4 * (x / 16 % 3)) as u8;
    draws().map(letter).take(n).collect()
}

fn waves(n: usize) -> Vec<u8> {
    let draws: Vec<usize> = draws().take(n / 20_000 + 1).collect();
    let letter = |i: usize| {
        let x = draws[i / 20_000];
        97 + (((i * x) >> 7) % if i % 3 == 0 { 5 } else { 11 }) as u8
    };
    (0..n).map(letter).collect()
}

fn unpack(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; size];
    Zstd::default().unpack(bytes, &mut out).map(|()| out)
}

fn all() -> [(&'static [u8], Vec<u8>); 3] {
    [
        (LETTERS, letters(900)),
        (FEW_LETTERS, letters(700)),
        (WAVES, waves(150_000)),
    ]
}

/// A frame without a checksum, of blocks of these kinds, sizes and contents.
fn frame(blocks: &[(usize, usize, &[u8])]) -> Vec<u8> {
    let mut frame = MAGIC.to_le_bytes().to_vec();
    // A window of 1 KB, and no size.
    frame.extend([0, 0]);
    for (at, (kind, size, bytes)) in blocks.iter().enumerate() {
        let is_last = usize::from(at + 1 == blocks.len());
        let header = size << 3 | kind << 1 | is_last;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.extend(*bytes);
    }
    frame
}

#[test]
fn frames_become_what_they_were_made_of() {
    let mut zstd = Zstd::default();
    for (packed, data) in all() {
        let mut out = vec![0; data.len()];
        zstd.unpack(packed, &mut out).expect("a frame");
        assert!(out == data);
        assert!(most_bytes(packed).expect("a frame") >= data.len() as u64);
    }
    assert_eq!(unpack(&[], 0), Some(Vec::new()));
}

#[test]
fn frames_follow_one_another_and_some_are_passed_over() {
    let skipped = [&(SKIPPABLE + 5).to_le_bytes()[..], &[2, 0, 0, 0, 1, 1]].concat();
    let frames = [&skipped, LETTERS, &skipped, FEW_LETTERS, &skipped].concat();
    let data = [letters(900), letters(700)].concat();
    assert_eq!(unpack(&frames, 1600), Some(data));
    assert_eq!(unpack(&frames[..frames.len() - 1], 1600), None);
}

#[test]
fn blocks_may_be_raw_or_repeat_a_byte() {
    let frame = frame(&[(0, 3, b"abc"), (1, 5, b"x"), (0, 0, b"")]);
    assert_eq!(unpack(&frame, 8), Some(b"abcxxxxx".to_vec()));
    assert_eq!(most_bytes(&frame), Some(8));
}

#[test]
fn what_has_another_size_is_refused() {
    for (packed, data) in all() {
        assert_eq!(unpack(packed, data.len() - 1), None);
        assert_eq!(unpack(packed, data.len() + 1), None);
        assert_eq!(unpack(&packed[..packed.len() - 1], data.len()), None);
        assert_eq!(unpack(&[packed, &[0]].concat(), data.len()), None);
    }
}

/// Each bit of a frame with a checksum is there for a reason.
#[test]
fn any_bit_that_is_another_is_noticed() {
    let data = letters(900);
    for bit in 0..8 * LETTERS.len() {
        let mut damaged = LETTERS.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let unpacked = unpack(&damaged, 900);
        assert!(unpacked.is_none_or(|unpacked| unpacked == data), "{bit}");
    }
}

#[test]
fn blocks_take_no_more_than_they_may() {
    // More than 128 KB.
    assert_eq!(
        unpack(&frame(&[(1, LARGEST_BLOCK + 1, b"x")]), 200_000),
        None
    );
    // Literals beyond the window; 2,000 times a byte, and no sequences.
    let many = [0x05u8, 0x7d, b'x', 0];
    assert_eq!(unpack(&frame(&[(2, 4, &many)]), 2000), None);
    // Of an unknown kind.
    assert_eq!(unpack(&frame(&[(3, 1, b"x")]), 1), None);
    // Tables of a block before, where there is none.
    for (kind, modes) in [(3, 0), (0, 0xfc)] {
        let block = [kind, 1, modes, 1];
        assert_eq!(unpack(&frame(&[(2, 4, &block)]), 10), None);
    }
}

#[test]
fn copies_reach_no_further_back_than_the_frame() {
    let mut recent = [1, 4, 8];
    assert_eq!(offset_after(&mut recent, 2, false), (Some(4), [4, 1, 8]));
    assert_eq!(offset_after(&mut recent, 3, true), (Some(3), [3, 4, 1]));
    assert_eq!(offset_after(&mut recent, 13, true), (Some(10), [10, 3, 4]));
    assert_eq!(offset_after(&mut [1, 4, 8], 3, true).0, None);
    let mut out = *b"abc.......";
    assert_eq!(sequences::copy(b"d", 2, 3, &mut out, 3), Some(7));
    assert_eq!(&out, b"abcdcdc...");
    assert_eq!(sequences::copy(b"", 8, 1, &mut out, 7), None);
    assert_eq!(sequences::copy(b"", 1, 4, &mut out, 7), None);
}

fn offset_after(recent: &mut [usize; 3], value: usize, none: bool) -> (Option<usize>, [usize; 3]) {
    let offset = sequences::offset_of(value, none, recent);
    (offset, *recent)
}
