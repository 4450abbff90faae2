//! `signsim completions` and `signsim man`: what a shell and a reader of manuals want to know of the command line, from its own
//! definition.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use signsim::error::{Error, Result};
use signsim::fetch::SETS;
use signsim::near::nearest;
use signsim::scenario::FAMILIES;

/// The words of a family.
fn words(family: &str) -> Vec<&'static str> {
    let found = FAMILIES.iter().filter(|(kind, _)| *kind == family);
    found.flat_map(|(_, entries)| entries.iter().map(|entry| entry.word)).collect()
}

/// The program with the words that its arguments know, which it does not check itself: its own answers say more.
fn with_words(program: Command) -> Command {
    let takes = |words: Vec<&'static str>| move |arg: Arg| arg.value_parser(PossibleValuesParser::new(words));
    let kinds = FAMILIES.iter().map(|(kind, _)| *kind).collect();
    let fetched = SETS.iter().map(|set| set.word).collect();
    let all = FAMILIES.iter().flat_map(|(kind, _)| words(kind)).collect();
    program
        .mut_subcommand("list", |list| list.mut_arg("kind", takes(kinds)))
        .mut_subcommand("explain", |explain| explain.mut_arg("name", takes(all)))
        .mut_subcommand("plot", |plot| plot.mut_arg("figure", takes(words("figures"))))
        .mut_subcommand("data", |data| {
            data.mut_subcommand("fetch", |fetch| fetch.mut_arg("set", takes(fetched)))
        })
        .mut_subcommand("new", |new| new.mut_arg("from", takes(words("methods"))))
}

/// A script that teaches a shell the commands, their arguments, and the words that these take.
pub(crate) fn completions(program: Command, shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut with_words(program), "signsim", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page of the program, or of one of its commands, for `man -l -`.
///
/// # Errors
/// When there is no such command.
pub(crate) fn man(program: Command, command: Option<&str>) -> Result<String> {
    let mut program = program;
    program.build();
    let page = match command {
        None => program,
        Some(name) => {
            let known: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
            let found = program.find_subcommand(name).cloned();
            let unknown = || {
                let meant =
                    nearest(name, &known).map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
                Error::input(format!("there is no command `{name}`"))
                    .help(format!("{meant}write one of {}", known.join(", ")))
            };
            found.ok_or_else(unknown)?
        }
    };
    let mut text = Vec::new();
    Man::new(page)
        .render(&mut text)
        .map_err(|e| Error::run(format!("the manual page cannot be written: {e}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
