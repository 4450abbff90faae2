//! The encoded form of every message that crosses the network, and so its exact size.
//!
//! All numbers are little-endian. Every message opens with the same sixteen bytes:
//!
//! | bytes | field |
//! |---|---|
//! | 0 | kind: 1 vote, 2 steps, 3 full model |
//! | 1 | flags of a vote: bit 0 = a second plane follows (ternary signs), bit 1 = numbers instead of signs |
//! | 2–3 | number of steps (kind 2) or of scales (kind 1) that follow, else zero |
//! | 4–7 | round |
//! | 8–11 | sender: the worker, or 2^32 - 1 for the server |
//! | 12–15 | number of coordinates, D |
//!
//! A vote carries ceil(D / 8) bytes of signs, and as many again when it is ternary; before them, for each scale of
//! scaled signs, where its part ends and the scale, four bytes each. A dense vote carries 4 D bytes. A round begins
//! with the steps that the worker lacks: each a flag byte and one or two planes, 4 D bytes where it is dense (bit 1 of the
//! flags), nothing more for a round in which nobody voted (bit 2); or with 4 D bytes of parameters, whichever is shorter.

use std::sync::Arc;

use crate::protocol::{Message, Update};
use crate::sign::SignVector;
use crate::vote::{Step, Vote};

/// Bytes before the payload of every message.
pub const HEADER: usize = 16;

const VOTE: u8 = 1;
const STEPS: u8 = 2;
const MODEL: u8 = 3;
const TERNARY: u8 = 1;
const NUMBERS: u8 = 2;
const NOTHING: u8 = 4;
const SERVER: u32 = u32::MAX;
/// Bytes of a scale and of the place where its part ends.
const SCALE: u64 = 8;

/// Bytes of one plane of D coordinates.
const fn plane(coordinates: usize) -> u64 {
    coordinates.div_ceil(8) as u64
}

/// Bytes of the planes of a vector.
fn planes(signs: &SignVector, coordinates: usize) -> u64 {
    plane(coordinates) * if signs.voted().is_some() { 2 } else { 1 }
}

/// The length in bytes of the encoded form of `message` about D `coordinates`; zero for what never crosses the network.
/// The message may hold fewer: then this is how long one of its kind is.
#[must_use]
pub fn encoded_len(message: &Message, coordinates: usize) -> u64 {
    let payload = match message {
        Message::Vote { vote, .. } => vote_len(vote, coordinates),
        Message::Begin { update: Update::Steps(steps), .. } => steps_len(steps, coordinates),
        Message::Begin { update: Update::Full, .. } => full_len(coordinates),
        Message::Consult { .. } | Message::Overheard { .. } | Message::Orders { .. } => return 0,
    };
    HEADER as u64 + payload
}

fn vote_len(vote: &Vote, coordinates: usize) -> u64 {
    match vote {
        Vote::Signs(signs) => planes(signs, coordinates),
        Vote::Scaled(scaled) => SCALE * scaled.parts.len() as u64 + planes(&scaled.signs, coordinates),
        Vote::Dense(_) => full_len(coordinates),
    }
}

/// Bytes that a list of steps about D `coordinates` takes on the wire, without the header.
#[must_use]
pub fn steps_len(steps: &[Arc<Step>], coordinates: usize) -> u64 {
    let len = |step: &Arc<Step>| match &**step {
        Step::Signs(signs) => planes(signs, coordinates),
        Step::Dense(_) => full_len(coordinates),
        Step::Nothing(_) => 0,
    };
    steps.iter().map(|step| 1 + len(step)).sum()
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
    let mut header = |kind: u8, flags: u8, vectors: usize, round: u32, sender: u32| {
        let vectors = u16::try_from(vectors).expect("scales and steps are fewer than 65,536");
        bytes.extend([kind, flags]);
        bytes.extend(vectors.to_le_bytes());
        for word in [round, sender, coordinates as u32] {
            bytes.extend(word.to_le_bytes());
        }
    };
    match message {
        Message::Vote { round, worker, vote, .. } => {
            let (flags, scales) = match &**vote {
                Vote::Signs(signs) => (flag(signs), &[][..]),
                Vote::Scaled(scaled) => (flag(&scaled.signs), &scaled.parts[..]),
                Vote::Dense(_) => (NUMBERS, &[][..]),
            };
            header(VOTE, flags, scales.len(), round.0, worker.0);
            for (end, scale) in scales {
                bytes.extend((*end as u32).to_le_bytes());
                bytes.extend(scale.to_le_bytes());
            }
            match &**vote {
                Vote::Signs(signs) => push_planes(&mut bytes, signs),
                Vote::Scaled(scaled) => push_planes(&mut bytes, &scaled.signs),
                Vote::Dense(values) => push_numbers(&mut bytes, values),
            }
        }
        Message::Begin { round, update: Update::Steps(steps), .. } => {
            header(STEPS, 0, steps.len(), round.0, SERVER);
            for step in steps.iter() {
                match &**step {
                    Step::Signs(signs) => {
                        bytes.push(flag(signs));
                        push_planes(&mut bytes, signs);
                    }
                    Step::Dense(values) => {
                        bytes.push(NUMBERS);
                        push_numbers(&mut bytes, values);
                    }
                    Step::Nothing(_) => bytes.push(NOTHING),
                }
            }
        }
        Message::Begin { round, update: Update::Full, parameters } => {
            header(MODEL, 0, 0, round.0, SERVER);
            push_numbers(&mut bytes, parameters.as_ref().expect("a full model has parameters"));
        }
        Message::Consult { .. } | Message::Overheard { .. } | Message::Orders { .. } => return None,
    }
    Some(bytes)
}

fn flag(signs: &SignVector) -> u8 {
    if signs.voted().is_some() { TERNARY } else { 0 }
}

fn push_planes(bytes: &mut Vec<u8>, signs: &SignVector) {
    for words in [Some(signs.positive()), signs.voted()].into_iter().flatten() {
        let end = bytes.len() + plane(signs.coordinates()) as usize;
        bytes.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        bytes.truncate(end);
    }
}

fn push_numbers(bytes: &mut Vec<u8>, values: &[f32]) {
    bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
}

/// What the bytes of a message say.
#[derive(Debug, Clone, PartialEq)]
pub enum DecodedMessage {
    /// Kind 1, from a worker to the server.
    Vote {
        /// The round that the vote is for, from zero.
        round: u32,
        /// Who votes, from zero.
        worker: u32,
        /// D coordinates.
        vote: Vote,
    },
    /// Kind 2, from the server to a worker that holds a model.
    Steps {
        /// The round that begins, from zero.
        round: u32,
        /// Those that the worker lacks, oldest first; D coordinates each.
        steps: Vec<Step>,
    },
    /// Kind 3, from the server to a worker that must be sent everything.
    Model {
        /// The round that begins, from zero.
        round: u32,
        /// D numbers.
        parameters: Vec<f32>,
    },
}

/// Reads one message, the inverse of [`encode`]; `None` when the bytes are not exactly one message.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<DecodedMessage> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (round, sender, coordinates) = (word(4)?, word(8)?, word(12)? as usize);
    let vectors = usize::from(u16::from_le_bytes([bytes[2], bytes[3]]));
    let mut rest = &bytes[HEADER..];
    let decoded = match bytes[0] {
        VOTE => {
            let parts = take_scales(&mut rest, vectors)?;
            let vote = match take_step(&mut rest, bytes[1], coordinates)? {
                Step::Nothing(_) => return None,
                Step::Dense(values) => Vote::Dense(values),
                Step::Signs(signs) if parts.is_empty() => Vote::Signs(signs),
                Step::Signs(signs) => Vote::scaled(signs, parts),
            };
            DecodedMessage::Vote { round, worker: sender, vote }
        }
        STEPS => {
            let mut steps = Vec::new();
            for _ in 0..vectors {
                let (flags, tail) = rest.split_first()?;
                rest = tail;
                steps.push(take_step(&mut rest, *flags, coordinates)?);
            }
            DecodedMessage::Steps { round, steps }
        }
        MODEL => DecodedMessage::Model { round, parameters: take_numbers(&mut rest, coordinates)? },
        _ => return None,
    };
    rest.is_empty().then_some(decoded)
}

fn take_scales(rest: &mut &[u8], count: usize) -> Option<Vec<(usize, f32)>> {
    let (pairs, _) = rest.split_off(..SCALE as usize * count)?.as_chunks::<8>();
    let pair = |p: &[u8; 8]| {
        let [end, scale] = [[p[0], p[1], p[2], p[3]], [p[4], p[5], p[6], p[7]]];
        (u32::from_le_bytes(end) as usize, f32::from_le_bytes(scale))
    };
    Some(pairs.iter().map(pair).collect())
}

fn take_numbers(rest: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let (chunks, _) = rest.split_off(..4 * count)?.as_chunks::<4>();
    Some(chunks.iter().map(|c| f32::from_le_bytes(*c)).collect())
}

fn take_step(rest: &mut &[u8], flags: u8, coordinates: usize) -> Option<Step> {
    if flags & NOTHING != 0 {
        return Some(Step::Nothing(coordinates));
    }
    if flags & NUMBERS != 0 {
        return take_numbers(rest, coordinates).map(Step::Dense);
    }
    let mut take = || {
        let bytes = rest.split_off(..plane(coordinates) as usize)?;
        let word = |c: &[u8]| c.iter().rev().fold(0_u64, |w, &b| w << 8 | u64::from(b));
        Some(bytes.chunks(8).map(word).collect::<Vec<u64>>())
    };
    let positive = take()?;
    if flags & TERNARY == 0 {
        return Some(Step::Signs(SignVector::from_words(coordinates, positive)));
    }
    let voted = take()?;
    Some(Step::Signs(SignVector::from_planes(coordinates, positive, voted)))
}

#[cfg(test)]
mod tests {
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

    fn votes() -> impl Strategy<Value = Vote> {
        let numbers = prop::collection::vec(-9_f32..9.0, 1..150);
        let scaled = (signs(), -9_f32..9.0).prop_map(|(signs, scale)| {
            let d = signs.coordinates();
            Vote::scaled(signs, vec![(d / 2, 0.5), (d, scale)])
        });
        prop_oneof![signs().prop_map(Vote::Signs), scaled, numbers.prop_map(Vote::Dense)]
    }

    fn of_vote(round: u32, worker: u32, vote: Vote) -> Message {
        Message::Vote { round: Round(round), worker: WorkerId(worker), vote: Arc::new(vote), gradient: None }
    }

    proptest! {
        #[test]
        fn votes_round_trip_and_their_length_is_exact(vote in votes(), round: u32, worker in 0..u32::MAX) {
            let d = vote.coordinates();
            let message = of_vote(round, worker, vote.clone());
            let bytes = encode(&message, d).unwrap();
            prop_assert_eq!(bytes.len() as u64, encoded_len(&message, d));
            prop_assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
            prop_assert_eq!(decode(&bytes), Some(DecodedMessage::Vote { round, worker, vote }));
        }

        #[test]
        fn catching_up_round_trips(vote in signs(), copies in 0_usize..4) {
            let d = vote.coordinates();
            let numbers = Step::Dense(vote.to_dense());
            let steps: Vec<Step> = vec![vec![Step::Signs(vote), Step::Nothing(d), numbers]; copies].concat();
            let shared = steps.iter().cloned().map(Arc::new).collect();
            let message = Message::Begin { round: Round(9), update: Update::Steps(shared), parameters: None };
            let bytes = encode(&message, d).unwrap();
            prop_assert_eq!(bytes.len() as u64, encoded_len(&message, d));
            prop_assert_eq!(decode(&bytes), Some(DecodedMessage::Steps { round: 9, steps }));
        }
    }

    #[test]
    fn a_full_model_is_four_bytes_a_parameter() {
        let parameters: Arc<[f32]> = Arc::from([1.5_f32, -2.0, 0.25]);
        let message =
            Message::Begin { round: Round(3), update: Update::Full, parameters: Some(parameters.clone()) };
        let bytes = encode(&message, 3).unwrap();
        assert_eq!(bytes.len(), HEADER + 12);
        assert_eq!(decode(&bytes), Some(DecodedMessage::Model { round: 3, parameters: parameters.to_vec() }));
    }

    /// Section 3 of the literature's comparison: one bit per coordinate is D / 8 bytes up per worker and round, thirty-two
    /// bits are 4 D.
    #[test]
    fn the_papers_cnn_costs_72_753_bytes_and_a_quarter() {
        let d = 582_026;
        let vote = Vote::Signs(SignVector::from_words(d, vec![0; crate::sign::words_for(d)]));
        assert_eq!(encoded_len(&of_vote(0, 0, vote), d), HEADER as u64 + 72_754);
        assert_eq!(encoded_len(&of_vote(0, 0, Vote::Dense(vec![0.0; d])), d), HEADER as u64 + 2_328_104);
    }
}
