//! The voters of a round, in which copies of one another are one voter.

use std::borrow::Cow;
use std::ops::Range;

use super::pairs::{Pairs, agreement};
use super::tetrads::{Resemblance, outstanding};
use crate::aggregate::tally::{Elected, elect};
use crate::sign::{SignVector, valid_bits};

/// Fewer voters are not merged any further: tetrads need four.
const FEWEST: usize = 4;

/// Who votes, and how often each pair agrees.
pub(crate) struct Crowd<'a> {
    /// The places, in the votes that were given, of those who speak with one voice.
    pub groups: Vec<Vec<usize>>,
    /// What each group says: the vote of its only member, or the majority of its members.
    pub votes: Vec<Cow<'a, SignVector>>,
    /// Agreements of groups, layer by layer.
    pub tables: Vec<Pairs>,
}

impl<'a> Crowd<'a> {
    /// Everyone for oneself. `tables` hold the agreements of these voters, layer by layer.
    pub(crate) fn new(votes: &[&'a SignVector], tables: Vec<Pairs>) -> Self {
        let groups = (0..votes.len()).map(|v| vec![v]).collect();
        Self { groups, votes: votes.iter().copied().map(Cow::Borrowed).collect(), tables }
    }

    /// Makes one voter of those that resemble each other as much as copies do, the most striking first, until nobody stands
    /// out. `compared` are the coordinates of each layer on which votes are compared; what a merged voter
    /// has in common with the others is what it has in this round. Only the first `free` of those who were `given` may be
    /// copies; whoever stands behind them keeps a voice of his own.
    pub(crate) fn count_copies_once(
        &mut self,
        given: &[&SignVector],
        free: usize,
        compared: &[Vec<Range<usize>>],
        least: Resemblance,
    ) {
        while self.groups.len() > FEWEST {
            let noise = Pairs::noise(&self.tables);
            let mut pairs = outstanding(&Pairs::correlations(&self.tables), noise, least);
            pairs.retain(|(i, j)| self.groups[*i][0] < free && self.groups[*j][0] < free);
            if pairs.is_empty() {
                break;
            }
            let members = joined(self.groups.len(), &pairs);
            self.join(&members, given, compared);
        }
    }

    /// Replaces the groups by those that `members` lists by their places.
    fn join(&mut self, members: &[Vec<usize>], given: &[&SignVector], compared: &[Vec<Range<usize>>]) {
        let all = |places: &Vec<usize>| places.iter().flat_map(|p| self.groups[*p].iter().copied()).collect();
        let groups: Vec<Vec<usize>> = members.iter().map(all).collect();
        let vote = |(places, group): (&Vec<usize>, &Vec<usize>)| match places[..] {
            [only] => self.votes[only].clone(),
            _ => Cow::Owned(majority(&group.iter().map(|v| given[*v]).collect::<Vec<_>>())),
        };
        let votes: Vec<Cow<'a, SignVector>> = members.iter().zip(&groups).map(vote).collect();
        let first: Vec<usize> = members.iter().map(|places| places[0]).collect();
        let mut tables: Vec<Pairs> = self.tables.iter().map(|table| table.only(&first)).collect();
        for (i, j) in (1..members.len()).flat_map(|j| (0..j).map(move |i| (i, j))) {
            if members[i].len() > 1 || members[j].len() > 1 {
                for (table, ranges) in tables.iter_mut().zip(compared) {
                    table.set(i, j, agreement(&votes[i], &votes[j], ranges));
                }
            }
        }
        (self.groups, self.votes, self.tables) = (groups, votes, tables);
    }
}

/// The places 0..n in groups, each pair in one, as long as [`FEWEST`] groups remain.
fn joined(n: usize, pairs: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..n).collect();
    let mut left = n;
    for &(i, j) in pairs {
        let (into, from) = (group_of[i].min(group_of[j]), group_of[i].max(group_of[j]));
        if into != from && left > FEWEST {
            group_of.iter_mut().filter(|group| **group == from).for_each(|group| *group = into);
            left -= 1;
        }
    }
    let members = |group: usize| (0..n).filter(|place| group_of[*place] == group).collect::<Vec<_>>();
    (0..n).map(members).filter(|places| !places.is_empty()).collect()
}

/// The majority of a few votes; where it is undecided, the first of them.
fn majority(votes: &[&SignVector]) -> SignVector {
    let coordinates = votes[0].coordinates();
    let Elected { wins, ties } = elect(votes, coordinates);
    let decided = |k: usize| valid_bits(coordinates, k) & !ties[k];
    let positive = wins.iter().zip(votes[0].positive()).zip(&ties).map(|((w, first), tied)| w | first & tied);
    let voted = (0..ties.len()).map(|k| decided(k) | votes[0].voted_word(k));
    SignVector::from_decision(coordinates, positive.collect(), voted.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_of_copies_goes_to_the_first() {
        let votes = [[1, -1, 0, 1], [-1, -1, 1, 0]].map(|v| SignVector::from_signs(&v));
        assert_eq!(majority(&[&votes[0], &votes[1]]).to_signs(), [1, -1, 1, 1]);
        let three = [[1, 0], [-1, 0], [-1, 0]].map(|v| SignVector::from_signs(&v));
        assert_eq!(majority(&three.iter().collect::<Vec<_>>()).to_signs(), [-1, 0]);
    }

    #[test]
    fn four_voters_are_left() {
        assert_eq!(joined(6, &[(0, 1), (1, 4)]), [vec![0, 1, 4], vec![2], vec![3], vec![5]]);
        assert_eq!(joined(5, &[(0, 1), (2, 3)]).len(), 4);
        assert_eq!(joined(3, &[]), [[0], [1], [2]]);
    }
}
