//! The encoded form of every message that crosses the network, and so its exact size.
//!
//! All numbers are little-endian. Every message opens with the same sixteen bytes:
//!
//! | bytes | field |
//! |---|---|
//! | 0 | kind: 1 vote, 2 steps, 3 full model |
//! | 1 | flags: bit 0 = a second plane follows (ternary signs) |
//! | 2–3 | number of sign vectors that follow (kind 2), else zero |
//! | 4–7 | round |
//! | 8–11 | sender: the worker, or 2^32 - 1 for the server |
//! | 12–15 | number of coordinates, D |
//!
//! A vote carries ceil(D / 8) bytes of signs, and as many again when it is ternary. A round begins with the
//! steps that the worker lacks: each a flag byte and one or two planes; or with 4 D bytes of parameters.

use crate::protocol::{Message, Update};
use crate::sign::SignVector;

/// Bytes before the payload of every message.
pub const HEADER: usize = 16;

const VOTE: u8 = 1;
const STEPS: u8 = 2;
const MODEL: u8 = 3;
const TERNARY: u8 = 1;
const SERVER: u32 = u32::MAX;

/// Bytes of one plane of D coordinates.
const fn plane(coordinates: usize) -> u64 {
    coordinates.div_ceil(8) as u64
}

/// Bytes of the planes of a vector.
fn planes(signs: &SignVector) -> u64 {
    plane(signs.coordinates()) * if signs.voted().is_some() { 2 } else { 1 }
}

/// The length of the encoded form of `message` in bytes; zero for what never crosses the network.
#[must_use]
pub fn encoded_len(message: &Message, coordinates: usize) -> u64 {
    let payload = match message {
        Message::Vote { vote, .. } => planes(vote),
        Message::Begin { update: Update::Steps(steps), .. } => steps_len(steps),
        Message::Begin { update: Update::Full, .. } => full_len(coordinates),
        Message::Consult { .. } | Message::Orders { .. } => return 0,
    };
    HEADER as u64 + payload
}

/// Bytes that a list of steps takes on the wire, without the header.
#[must_use]
pub fn steps_len<S: AsRef<SignVector>>(steps: &[S]) -> u64 {
    steps.iter().map(|s| 1 + planes(s.as_ref())).sum()
}

/// Bytes that all parameters take on the wire, without the header.
#[must_use]
pub const fn full_len(coordinates: usize) -> u64 {
    4 * coordinates as u64
}

/// The bytes of `message`; `None` for what never crosses the network.
///
/// # Panics
/// When a full model is asked for and the message holds no parameters: such a message is never sent.
#[must_use]
pub fn encode(message: &Message, coordinates: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded_len(message, coordinates) as usize);
    let mut header = |kind: u8, flags: u8, vectors: u16, round: u32, sender: u32| {
        bytes.extend([kind, flags]);
        bytes.extend(vectors.to_le_bytes());
        for word in [round, sender, coordinates as u32] {
            bytes.extend(word.to_le_bytes());
        }
    };
    match message {
        Message::Vote { round, worker, vote } => {
            header(VOTE, u8::from(vote.voted().is_some()), 0, round.0, worker.0);
            push_planes(&mut bytes, vote);
        }
        Message::Begin { round, update: Update::Steps(steps), .. } => {
            let count = u16::try_from(steps.len()).expect("a full model is shorter than 65,536 steps");
            header(STEPS, 0, count, round.0, SERVER);
            for step in steps {
                bytes.push(u8::from(step.voted().is_some()));
                push_planes(&mut bytes, step);
            }
        }
        Message::Begin { round, update: Update::Full, parameters } => {
            header(MODEL, 0, 0, round.0, SERVER);
            let parameters = parameters.as_ref().expect("a full model has parameters");
            bytes.extend(parameters.iter().flat_map(|x| x.to_le_bytes()));
        }
        Message::Consult { .. } | Message::Orders { .. } => return None,
    }
    Some(bytes)
}

fn push_planes(bytes: &mut Vec<u8>, signs: &SignVector) {
    for words in [Some(signs.positive()), signs.voted()].into_iter().flatten() {
        let end = bytes.len() + plane(signs.coordinates()) as usize;
        bytes.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        bytes.truncate(end);
    }
}

/// What the bytes of a message say.
#[derive(Debug, Clone, PartialEq)]
pub enum Decoded {
    Vote { round: u32, worker: u32, vote: SignVector },
    Steps { round: u32, steps: Vec<SignVector> },
    Model { round: u32, parameters: Vec<f32> },
}

/// Reads one message, the inverse of [`encode`]; `None` when the bytes are not exactly one message.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Decoded> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (round, sender, coordinates) = (word(4)?, word(8)?, word(12)? as usize);
    let vectors = u16::from_le_bytes([bytes[2], bytes[3]]);
    let mut rest = &bytes[HEADER..];
    let decoded = match bytes[0] {
        VOTE => Decoded::Vote { round, worker: sender, vote: take_planes(&mut rest, bytes[1], coordinates)? },
        STEPS => {
            let mut steps = Vec::new();
            for _ in 0..vectors {
                let (flags, tail) = rest.split_first()?;
                rest = tail;
                steps.push(take_planes(&mut rest, *flags, coordinates)?);
            }
            Decoded::Steps { round, steps }
        }
        MODEL => {
            let (chunks, tail) = rest.as_chunks::<4>();
            rest = tail;
            let parameters: Vec<f32> = chunks.iter().map(|c| f32::from_le_bytes(*c)).collect();
            (parameters.len() == coordinates).then_some(())?;
            Decoded::Model { round, parameters }
        }
        _ => return None,
    };
    rest.is_empty().then_some(decoded)
}

fn take_planes(rest: &mut &[u8], flags: u8, coordinates: usize) -> Option<SignVector> {
    let mut take = || {
        let bytes = rest.split_off(..plane(coordinates) as usize)?;
        let word = |c: &[u8]| c.iter().rev().fold(0_u64, |w, &b| w << 8 | u64::from(b));
        Some(bytes.chunks(8).map(word).collect::<Vec<u64>>())
    };
    let positive = take()?;
    if flags & TERNARY == 0 {
        return Some(SignVector::from_words(coordinates, positive));
    }
    let voted = take()?;
    Some(SignVector::from_planes(coordinates, positive, voted))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::WorkerId;
    use crate::time::Round;

    fn signs() -> impl Strategy<Value = SignVector> {
        prop_oneof![
            prop::collection::vec(prop_oneof![Just(-1_i8), Just(1)], 1..150),
            prop::collection::vec(-1_i8..=1, 1..150)
        ]
        .prop_map(|s| SignVector::from_signs(&s))
    }

    proptest! {
        #[test]
        fn votes_round_trip_and_their_length_is_exact(vote in signs(), round: u32, worker in 0..u32::MAX) {
            let d = vote.coordinates();
            let message =
                Message::Vote { round: Round(round), worker: WorkerId(worker), vote: Arc::new(vote.clone()) };
            let bytes = encode(&message, d).unwrap();
            prop_assert_eq!(bytes.len() as u64, encoded_len(&message, d));
            prop_assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
            prop_assert_eq!(decode(&bytes), Some(Decoded::Vote { round, worker, vote }));
        }

        #[test]
        fn catching_up_round_trips(vote in signs(), copies in 0_usize..4) {
            let d = vote.coordinates();
            let step = Arc::new(vote.clone());
            let steps = vec![step; copies];
            let message = Message::Begin { round: Round(9), update: Update::Steps(steps), parameters: None };
            let bytes = encode(&message, d).unwrap();
            prop_assert_eq!(bytes.len() as u64, encoded_len(&message, d));
            prop_assert_eq!(decode(&bytes), Some(Decoded::Steps { round: 9, steps: vec![vote; copies] }));
        }
    }

    #[test]
    fn a_full_model_is_four_bytes_a_parameter() {
        let parameters: Arc<[f32]> = Arc::from([1.5_f32, -2.0, 0.25]);
        let message =
            Message::Begin { round: Round(3), update: Update::Full, parameters: Some(parameters.clone()) };
        let bytes = encode(&message, 3).unwrap();
        assert_eq!(bytes.len(), HEADER + 12);
        assert_eq!(decode(&bytes), Some(Decoded::Model { round: 3, parameters: parameters.to_vec() }));
    }

    /// Section 3 of the literature's comparison: one bit a coordinate is D / 8 bytes up per worker and round.
    #[test]
    fn the_papers_cnn_costs_72_753_bytes_and_a_quarter() {
        let d = 582_026;
        let vote = Arc::new(SignVector::from_words(d, vec![0; crate::sign::words_for(d)]));
        let message = Message::Vote { round: Round(0), worker: WorkerId(0), vote };
        assert_eq!(encoded_len(&message, d), HEADER as u64 + 72_754);
        assert_eq!(full_len(d), 2_328_104);
    }
}
