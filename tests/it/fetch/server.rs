//! A server of this machine that answers as a test wants it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is answered to a request.
#[derive(Clone)]
pub(super) enum Reply {
    /// These bytes, or the part of them that was asked for.
    Parts(Vec<u8>),
    /// These bytes, whatever part was asked for.
    Whole(Vec<u8>),
    /// So many of these bytes, and the end; the part that was asked for is known.
    Cut(Vec<u8>, usize),
    /// A status and no body.
    Status(&'static str),
    /// Another address.
    Elsewhere(String),
    /// Not a word.
    Silence,
    /// These bytes, a hundred in a hundredth of a second.
    Slowly(Vec<u8>),
}

/// A request: its first line, and the first byte that it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub line: String,
    pub from: usize,
}

/// A server that listens until the tests end.
pub(super) struct Server {
    /// `http://127.0.0.1:PORT`
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// `answer` is given the path that is asked for, and how many requests there were before.
    pub(super) fn new(answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (known, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, answer) = (Arc::clone(&known), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &known, &*answer));
            }
        });
        Self { address, requests }
    }

    /// What was asked for since the last question.
    pub(super) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

/// Answers one request; a connection that the other side ends is nobody's fault.
fn serve(mut stream: TcpStream, known: &Mutex<Vec<Request>>, answer: &dyn Fn(&str, usize) -> Reply) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let Some(line) = head.first().cloned() else { return };
    let range =
        head.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let from = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
    let before = {
        let mut known = known.lock().unwrap();
        known.push(Request { line: line.clone(), from });
        known.len() - 1
    };
    let reply = answer(line.split(' ').nth(1).unwrap_or_default(), before);
    let _ = give(&mut stream, reply, from);
}

fn give(stream: &mut TcpStream, reply: Reply, from: usize) -> std::io::Result<()> {
    let mut head =
        |status: &str, more: &str| write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{more}\r\n");
    let part = |bytes: &[u8]| match from {
        0 => ("200 OK", format!("Content-Length: {}\r\n", bytes.len())),
        from => {
            let (all, last) = (bytes.len(), bytes.len() - 1);
            let range =
                format!("Content-Range: bytes {from}-{last}/{all}\r\nContent-Length: {}\r\n", all - from);
            ("206 Partial Content", range)
        }
    };
    match reply {
        Reply::Parts(bytes) | Reply::Cut(bytes, _) | Reply::Slowly(bytes)
            if from > 0 && from >= bytes.len() =>
        {
            head("416 Range Not Satisfiable", "Content-Length: 0\r\n")
        }
        Reply::Parts(bytes) => {
            let (status, more) = part(&bytes);
            head(status, &more)?;
            stream.write_all(&bytes[from..])
        }
        Reply::Whole(bytes) => {
            head("200 OK", &format!("Content-Length: {}\r\n", bytes.len()))?;
            stream.write_all(&bytes)
        }
        Reply::Cut(bytes, length) => {
            let (status, more) = part(&bytes);
            head(status, &more)?;
            stream.write_all(&bytes[from..bytes.len().min(from + length)])
        }
        Reply::Status(status) => head(status, "Content-Length: 0\r\n"),
        Reply::Elsewhere(address) => {
            head("302 Found", &format!("Location: {address}\r\nContent-Length: 0\r\n"))
        }
        Reply::Silence => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Reply::Slowly(bytes) => {
            let (status, more) = part(&bytes);
            head(status, &more)?;
            bytes[from..].chunks(100).try_for_each(|piece| {
                std::thread::sleep(Duration::from_millis(10));
                stream.write_all(piece)
            })
        }
    }
}
