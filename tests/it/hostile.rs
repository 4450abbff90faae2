//! Input from people who mean no good, or whose disk, mail program or script has broken it.
//!
//! [`mutations`] breaks seeds at random and gives them to the readers. The other files are tables of inputs, more than 400, each
//! with the exit code and words of its answer; the program is held to its memory and its time ([`case`]), prints nothing that a
//! terminal would obey, and touches nothing outside the folder that it was given.

mod arguments;
mod case;
mod data;
mod folders;
mod measured;
mod mutations;
mod names;
mod numbers;
mod texts;
mod votes;
