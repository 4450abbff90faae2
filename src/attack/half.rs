//! Half: holds the crossover that the server estimates of it at 1/2 on every coordinate, so that its weight stays at
//! zero while its votes, wherever they do count, are against what it knows to be right.
//!
//! For each coordinate n it keeps a balance: how often its own past votes agreed with the decision, less how often they
//! differed; where it voted zero or the decision was held, nothing is counted. With y what it has computed:
//!
//! ```text
//! y'_n = -y_n where balance_n >= 0,     y'_n = y_n where balance_n < 0
//! ```
//!
//! Where what it computes agrees with the decisions more often than not, the balance stays near zero and the estimate,
//! agreements over votes, tends to 1/2 as fast as 1/t; where decisions mostly oppose what it computes, the balance grows
//! and it goes on voting with them. At a balance of zero, and so in round 0, it votes against what it computed.
//!
//! It knows decisions because every worker is sent them, with the next round. A vote whose decision it is never sent
//! (the server sends a whole model where that is shorter than the steps, always so for dense steps) stays uncounted, and
//! without any news at all the attack is sign inversion. It counts every vote it has cast, though one that was lost or
//! came late has not been counted by the server. Source: this simulator, against arXiv 2402.01340. Knows its own votes
//! and the decisions. Cost O(D) a round, 4 D bytes a corrupted worker.
//!
//! Example: it computes +, +, +, + and the decision is always +: votes -, +, -, +.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AttackContext, OnVote};
use crate::catalogue::Entry;
use crate::protocol::{Act, WorkerId};
use crate::sign::{SignVector, bits};
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Step;

pub(crate) const ENTRY: Entry = Entry {
    word: "half",
    about: "y' = -y where its past votes agreed with the decisions at least as often as not, else y, which holds its \
            estimated crossover at 1/2; knows its own votes and the decisions",
    source: "this simulator; against arXiv 2402.01340",
};

/// The strategy: the books of every corrupted worker.
#[derive(Default)]
pub(crate) struct Half {
    books: BTreeMap<WorkerId, OwnRecord>,
}

/// What one worker knows of its own record.
#[derive(Serialize, Deserialize)]
struct OwnRecord {
    /// Agreements less disagreements, one number per coordinate.
    balance: Vec<i32>,
    /// The last vote it cast, until its decision is known. Older ones are not waited for: a decision that did not come with
    /// the next round of the worker came with a whole model, or not at all.
    last: Option<(Round, SignVector)>,
}

impl OwnRecord {
    /// Looks the last vote up in the steps that came with round `now`, of which the last is that of the round before.
    fn read(&mut self, now: Round, news: &[Arc<Step>]) {
        let Some((round, vote)) = self.last.take() else { return };
        let behind = (now.0 - round.0) as usize;
        if let Some(at) = news.len().checked_sub(behind) {
            self.count(&vote, &news[at].signs());
        }
    }

    fn count(&mut self, vote: &SignVector, decision: &SignVector) {
        for (k, chunk) in self.balance.chunks_mut(64).enumerate() {
            let both = vote.voted_word(k) & decision.voted_word(k);
            let agreed = !(vote.positive()[k] ^ decision.positive()[k]) & both;
            for (i, balance) in chunk.iter_mut().enumerate() {
                *balance += 2 * (agreed >> i & 1) as i32 - (both >> i & 1) as i32;
            }
        }
    }
}

impl OnVote for Half {
    fn act(&mut self, context: AttackContext<'_>) -> Act {
        let fresh = || OwnRecord { balance: vec![0; context.own_vote.coordinates()], last: None };
        let book = self.books.entry(context.worker).or_insert_with(fresh);
        book.read(context.round, context.news);
        let against: Vec<u64> = book.balance.chunks(64).map(|chunk| bits(chunk, |b| b >= 0)).collect();
        let vote = context.own_vote.flipped_where(&against);
        let signs = vote.signs().cloned().unwrap_or_else(|| SignVector::of_values(&vote.to_dense()));
        book.last = Some((context.round, signs));
        Act::cast(vote)
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.books)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{context, numbers, signs};
    use crate::vote::Vote;

    fn step(decision: &str) -> Arc<Step> {
        Arc::new(Step::Signs(signs(decision).signs().expect("signs").clone()))
    }

    /// Votes of worker 0 that computes `own` in every round and hears of `news` before it.
    fn check(own: &Vote, rounds: &[(u32, &[&str])], expected: &[Vote]) {
        let mut attack = Half::default();
        for ((round, news), expected) in rounds.iter().zip(expected) {
            let news: Vec<Arc<Step>> = news.iter().map(|decision| step(decision)).collect();
            let mut context = context(*round, 0, own);
            context.news = &news;
            assert_eq!(attack.act(context).vote.as_ref(), Some(expected), "round {round}");
        }
    }

    #[test]
    fn where_decisions_are_as_computed_it_alternates() {
        let rounds: [(u32, &[&str]); 5] = [(0, &[]), (1, &["+-"]), (2, &["+-"]), (3, &["+-"]), (4, &["+-"])];
        check(&signs("+-"), &rounds, &["-+", "+-", "-+", "+-", "-+"].map(signs));
        let expected = [[-2.0, 0.5], [2.0, -0.5], [-2.0, 0.5], [2.0, -0.5], [-2.0, 0.5]].map(|v| numbers(&v));
        check(&numbers(&[2.0, -0.5]), &rounds, &expected);
    }

    /// Coordinate by coordinate: always wrong; held; its own vote a zero, so nothing to count or flip.
    #[test]
    fn each_coordinate_has_its_own_balance() {
        let rounds: [(u32, &[&str]); 4] = [(0, &[]), (1, &["-0+"]), (2, &["-0+"]), (3, &["-0+"])];
        check(&signs("++0"), &rounds, &["--0", "--0", "--0", "--0"].map(signs));
    }

    #[test]
    fn it_finds_its_round_among_the_steps_and_counts_nothing_without_news() {
        // Round 1 was missed: of two steps, the first is that of round 0.
        check(&signs("+"), &[(0, &[]), (2, &["+", "-"])], &["-", "+"].map(signs));
        check(&signs("+"), &[(0, &[]), (2, &["-"])], &["-", "-"].map(signs));
        check(&signs("+"), &[(0, &[]), (1, &[]), (2, &[])], &["-", "-", "-"].map(signs));
        // News of rounds before its own vote.
        check(&signs("+"), &[(5, &["-", "-"]), (6, &["-", "-", "+"])], &["-", "+"].map(signs));
    }
}
