//! A trace of one run: every event as a line of JSON, and the same run for Perfetto and `chrome://tracing`.
//!
//! Both files are written while the run goes on and hold nothing in memory. `FILE.jsonl` has one object per line, in the
//! order in which things happen; times are simulated nanoseconds. `FILE.perfetto.json` has a process for the server,
//! with its rounds, and one for every worker, with what it downloads, computes and uploads; times are simulated
//! microseconds. Its form is the Trace Event Format: complete events (`X`) for what cannot overlap, asynchronous pairs
//! (`b`, `e`) for messages, which can, instants (`i`) for votes that were late or refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use crate::atomic_file::AtomicFile;
use crate::destination;
use crate::error::{Error, Named, Result};
use crate::protocol::{Message, Node, Note};
use crate::sim::{Happening, Ledger, Observer};
use crate::time::SimTime;

/// Writes the two files of one run.
pub struct Trace {
    lines: AtomicFile,
    perfetto: AtomicFile,
    /// Processes that have a name already.
    named: BTreeSet<Node>,
    /// When the running round began.
    opened: SimTime,
    /// Numbers the pairs of asynchronous events.
    messages: u64,
    first: bool,
}

/// An event of the Trace Event Format.
#[derive(Serialize)]
struct TraceEntry<'a> {
    name: &'a str,
    ph: &'a str,
    pid: u64,
    tid: u64,
    /// Microseconds.
    ts: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

const fn micros(time: SimTime) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

/// Processes sort by number: the server, the adversary, the workers.
const fn process(node: Node) -> u64 {
    match node {
        Node::Server => 1,
        Node::Adversary => 2,
        Node::Worker(id) => 3 + id.0 as u64,
    }
}

/// The argument that asks for a trace.
const OPTION: &str = "--trace";

/// The two files of a trace.
fn paths(stem: &Path) -> [PathBuf; 2] {
    [".jsonl", ".perfetto.json"].map(|ending| {
        let mut name = stem.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

impl Trace {
    /// Refuses a place where no trace can be written, before anything is simulated.
    ///
    /// # Errors
    /// When a folder has its name, or a file the name of its folder.
    pub fn check(stem: &Path) -> Result<()> {
        if stem.file_name().is_none() {
            let message = format!("{OPTION} {}: this is a folder, and files are to be written", stem.named());
            return Err(
                Error::input(message).help("name the files without their endings, for example --trace trace")
            );
        }
        if stem.to_string_lossy().ends_with(std::path::is_separator) {
            return destination::check_file(stem, OPTION);
        }
        paths(stem).iter().try_for_each(|path| destination::check_file(path, OPTION))
    }

    /// Opens `stem.jsonl` and `stem.perfetto.json`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn create(stem: &Path) -> Result<Self> {
        Self::check(stem)?;
        destination::make_folders_of(stem, OPTION)?;
        let [lines, perfetto] = paths(stem).map(|path| destination::create(&path, OPTION));
        let mut trace = Self {
            lines: lines?,
            perfetto: perfetto?,
            named: BTreeSet::new(),
            opened: SimTime::ZERO,
            messages: 0,
            first: true,
        };
        trace.perfetto.put(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        Ok(trace)
    }

    /// Closes both files.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.perfetto.put(b"\n]}\n")?;
        self.lines.commit()?;
        self.perfetto.commit()
    }

    fn line(&mut self, value: &Value) -> Result<()> {
        self.lines.put(format!("{value}\n").as_bytes())
    }

    fn entry(&mut self, node: Node, entry: &TraceEntry<'_>) -> Result<()> {
        if self.named.insert(node) {
            let name = json!({ "name": "process_name", "ph": "M", "pid": process(node), "tid": 0, "ts": 0,
                               "args": { "name": node.to_string() } });
            self.raw(&name.to_string())?;
        }
        let text = serde_json::to_string(entry).expect("an entry is plain data");
        self.raw(&text)
    }

    fn raw(&mut self, text: &str) -> Result<()> {
        let comma = if std::mem::take(&mut self.first) { "\n" } else { ",\n" };
        self.perfetto.put(comma.as_bytes())?;
        self.perfetto.put(text.as_bytes())
    }

    /// Something that lasts on a track of its own and overlaps with nothing there.
    fn span(&mut self, node: Node, name: &str, from: SimTime, until: SimTime, args: Value) -> Result<()> {
        let (ts, dur) = (micros(from), Some(micros(until) - micros(from)));
        let pid = process(node);
        self.entry(node, &TraceEntry { name, ph: "X", pid, tid: pid, ts, dur, cat: None, id: None, args })
    }

    fn instant(&mut self, node: Node, name: &str, now: SimTime, args: Value) -> Result<()> {
        let (pid, ts) = (process(node), micros(now));
        self.entry(
            node,
            &TraceEntry { name, ph: "i", pid, tid: pid, ts, dur: None, cat: None, id: None, args },
        )
    }

    /// A message on the track of its worker, from its first bit's leaving to its arrival.
    fn travel(
        &mut self,
        starts: SimTime,
        message: &Message,
        bytes: u64,
        ends: (Node, Node),
        arrives: SimTime,
    ) -> Result<()> {
        let (worker, name) = match ends {
            (Node::Server, worker) => (worker, "download"),
            (worker, _) => (worker, "upload"),
        };
        self.messages += 1;
        let (pid, id, cat) = (process(worker), Some(self.messages), Some(name));
        let args = json!({ "round": message.round().0, "bytes": bytes });
        for (ph, ts, args) in [("b", starts, args), ("e", arrives, Value::Null)] {
            let ts = micros(ts);
            self.entry(worker, &TraceEntry { name, ph, pid, tid: pid, ts, dur: None, cat, id, args })?;
        }
        Ok(())
    }
}

impl Observer for Trace {
    fn happened(&mut self, now: SimTime, happening: &Happening<'_>) -> Result<()> {
        let at = now.as_nanos();
        match happening {
            Happening::Handled { number, to, event } => {
                let mut line = json!({ "at_ns": at, "what": "handled", "number": number, "actor": to.to_string(),
                                       "event": event.word() });
                if let Some(round) = event.round() {
                    line["round"] = json!(round);
                }
                self.line(&line)
            }
            Happening::Computed { .. } => Ok(()),
            Happening::Sent { from, to, message, bytes, attempt, starts, arrives } => {
                self.line(&json!({
                    "at_ns": at, "what": "sent", "from": from.to_string(), "to": to.to_string(),
                    "message": message.word(), "round": message.round().0, "bytes": bytes,
                    "attempt": attempt, "starts_ns": starts.as_nanos(), "arrives_ns": arrives.map(SimTime::as_nanos),
                }))?;
                match arrives {
                    _ if !message.crosses_the_network() => Ok(()),
                    Some(arrives) => self.travel(*starts, message, *bytes, (*from, *to), *arrives),
                    None => {
                        let worker = if *from == Node::Server { *to } else { *from };
                        let args =
                            json!({ "message": message.word(), "round": message.round().0, "bytes": bytes });
                        self.instant(worker, "lost", *starts, args)
                    }
                }
            }
            Happening::AtPort { message, bytes, begins, ends } => {
                self.line(&json!({
                    "at_ns": at, "what": "at_server_link", "message": message.word(), "round": message.round().0,
                    "bytes": bytes, "begins_ns": begins.as_nanos(), "ends_ns": ends.as_nanos(),
                }))?;
                match message {
                    Message::Vote { worker, .. } => {
                        self.travel(now, message, *bytes, (Node::Worker(*worker), Node::Server), *ends)
                    }
                    _ => Ok(()),
                }
            }
            Happening::Away { worker, from, until } => {
                let (from_ns, until_ns) =
                    (from.as_nanos(), (*until < SimTime::NEVER).then(|| until.as_nanos()));
                let line = json!({ "at_ns": at, "what": "away", "worker": worker.0, "from_ns": from_ns, "until_ns": until_ns });
                self.line(&line)?;
                match until_ns {
                    Some(_) => self.span(Node::Worker(*worker), "away", *from, *until, Value::Null),
                    None => self.instant(Node::Worker(*worker), "away for ever", *from, Value::Null),
                }
            }
            Happening::Computes { actor, until } => {
                self.line(&json!({
                    "at_ns": at, "what": "computes", "actor": actor.to_string(), "until_ns": until.as_nanos(),
                }))?;
                self.span(*actor, "compute", now, *until, Value::Null)
            }
        }
    }

    fn note(&mut self, now: SimTime, note: &Note, _: &Ledger) -> Result<()> {
        let at = now.as_nanos();
        let unwanted = |what: &str, message: &Message| {
            let Message::Vote { worker, round, .. } = message else {
                unreachable!("only votes are unwanted")
            };
            (json!({ "at_ns": at, "what": what, "worker": worker.0, "round": round.0 }), *worker)
        };
        match note {
            Note::Closed(closed) => {
                let (round, received) = (closed.round.0, closed.received);
                self.line(&json!({ "at_ns": at, "what": "closed", "round": round, "received": received }))?;
                let from = std::mem::replace(&mut self.opened, now);
                let args = json!({ "round": round, "votes": received });
                self.span(Node::Server, &format!("round {round}"), from, now, args)
            }
            Note::Late { message } | Note::Refused { message } => {
                let what = if matches!(note, Note::Late { .. }) { "late" } else { "refused" };
                let (line, worker) = unwanted(what, message);
                self.line(&line)?;
                self.instant(Node::Worker(worker), what, now, line)
            }
            Note::Final(_) => self.line(&json!({ "at_ns": at, "what": "final" })),
        }
    }
}
