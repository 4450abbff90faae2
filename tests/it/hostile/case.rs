//! One hostile input: files, arguments, and what the program must answer.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A scenario that is legal as it stands.
pub(super) const SCENARIO: &str = "\
name: t
rounds: 5
workers: { count: 5 }
task: { channel: { coordinates: 50, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
";

/// Memory that the program may ask for, in kB. What must be refused would take more.
const MEMORY_KB: u32 = 4_000_000;

/// No answer takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands under a name.
#[derive(Clone)]
pub(super) enum Put {
    /// Whatever was there is gone.
    Nothing,
    Bytes(Vec<u8>),
    Folder,
    Pipe,
    /// A link that leads there.
    Link(&'static str),
    /// A file of 8 TiB of which nothing was written.
    Hole,
}

impl From<&str> for Put {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for Put {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

impl From<Vec<u8>> for Put {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl Put {
    /// Puts it there, in place of what is there.
    pub(super) fn at(&self, path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match fs::symlink_metadata(path) {
            Ok(there) if there.is_dir() => fs::remove_dir_all(path).unwrap(),
            Ok(_) => fs::remove_file(path).unwrap(),
            Err(_) => {}
        }
        match self {
            Self::Nothing => {}
            Self::Bytes(bytes) => fs::write(path, bytes).unwrap(),
            Self::Folder => fs::create_dir(path).unwrap(),
            Self::Pipe => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            Self::Link(to) => symlink(to, path).unwrap(),
            Self::Hole => File::create(path).unwrap().set_len(1 << 43).unwrap(),
        }
    }
}

/// An input and its answer.
pub(super) struct Case {
    pub what: String,
    pub files: Vec<(String, Put)>,
    pub arguments: Vec<String>,
    pub code: i32,
    /// What the answer must have in it, parted by `|`.
    pub words: &'static str,
}

/// A case of the command `arguments`, which are parted by blanks.
pub(super) fn case(what: impl Into<String>, arguments: &str, code: i32, words: &'static str) -> Case {
    let arguments = arguments.split_whitespace().map(str::to_owned).collect();
    Case { what: what.into(), files: Vec::new(), arguments, code, words }
}

impl Case {
    /// With this under a name.
    pub(super) fn with(mut self, name: &str, put: impl Into<Put>) -> Self {
        self.files.push((name.to_owned(), put.into()));
        self
    }

    /// With one more argument, whatever is in it.
    pub(super) fn and(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// What is wrong with the answer; the files are put into `dir`, which is the only thing in its folder.
    fn fault(&self, dir: &Path) -> Option<String> {
        self.files.iter().for_each(|(name, put)| put.at(&dir.join(name)));
        let top = dir.parent().unwrap();
        fs::create_dir(top.join("outside")).unwrap();
        fs::write(top.join("outside/kept"), "kept").unwrap();
        let (code, said) = answer(dir, &self.arguments);
        let missing: Vec<&str> =
            self.words.split('|').map(str::trim).filter(|part| !said.contains(part)).collect();
        let odd = said.chars().find(|c| !matches!(c, '\n' | '\t') && signsim::error::steers(*c));
        let mut there: Vec<_> = fs::read_dir(top).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        there.sort();
        let kept = fs::read(top.join("outside/kept")).is_ok_and(|text| text == b"kept");
        let inside = there == ["err", "in", "out", "outside"] && kept;
        let inside = inside && fs::read_dir(top.join("outside")).unwrap().count() == 1;
        let faults = [
            (code != Some(self.code)).then(|| format!("exit code {code:?} instead of {}", self.code)),
            (!missing.is_empty()).then(|| format!("no word of {missing:?}")),
            odd.map(|c| format!("{c:?} reaches the terminal")),
            (self.code != 0 && said.len() > 10_000).then(|| format!("{} bytes", said.len())),
            said.contains("panicked").then(|| "a panic".to_owned()),
            (!inside).then(|| format!("something outside the folder was touched: {there:?}")),
        ];
        let faults: Vec<String> = faults.into_iter().flatten().collect();
        let said: String = said.chars().take(1500).collect();
        (!faults.is_empty()).then(|| format!("--- {}: {}\n{said}", self.what, faults.join("; ")))
    }
}

/// What the program answers in `dir`, within its memory and time; `None` where it had to be ended.
fn answer(dir: &Path, arguments: &[String]) -> (Option<i32>, String) {
    let [out, err] = ["out", "err"].map(|name| dir.parent().unwrap().join(name));
    let limited = format!("ulimit -v {MEMORY_KB} 2> /dev/null; exec \"$0\" \"$@\"");
    let mut program = Command::new("sh");
    program.args(["-c", &limited, env!("CARGO_BIN_EXE_signsim")]).args(arguments).current_dir(dir);
    program.env_remove("SIGNSIM_DATA").stdin(Stdio::null());
    program.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
    let mut child = program.spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    (status, text(&err) + &text(&out))
}

/// All of these are answered as they should be, `least` of them at least; `base`: what lies in the folder of each before.
#[track_caller]
pub(super) fn check_in(base: Option<&Path>, least: usize, cases: impl IntoIterator<Item = Case>) {
    let (mut faults, mut count) = (Vec::new(), 0);
    for case in cases {
        let top = tempfile::tempdir().unwrap();
        let dir = top.path().join("in");
        match base {
            Some(base) => copy(base, &dir),
            None => fs::create_dir(&dir).unwrap(),
        }
        faults.extend(case.fault(&dir));
        count += 1;
    }
    assert!(faults.is_empty(), "{} of {count} answers are wrong\n{}", faults.len(), faults.join("\n"));
    assert!(count >= least, "only {count} inputs");
}

/// [`check_in`] for cases that bring all their files.
#[track_caller]
pub(super) fn check(least: usize, cases: impl IntoIterator<Item = Case>) {
    check_in(None, least, cases);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() { copy(&from, &to) } else { _ = fs::copy(from, to).unwrap() }
    }
}

/// The scenario with one thing changed, in `s.yaml`, looked at.
#[track_caller]
pub(super) fn changed(from: &str, to: &str, words: &'static str) -> Case {
    assert!(SCENARIO.contains(from), "{from}");
    let short: String = to.chars().take(60).collect();
    case(short, "check s.yaml", 2, words).with("s.yaml", SCENARIO.replacen(from, to, 1))
}
