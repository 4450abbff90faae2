//! Published sets fetched from a server of this machine: what comes is the published file or nothing.

mod archives;
mod program;
mod server;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use signsim::data::{DataSpec, folder_of};
use signsim::error::{Error, Result};
use signsim::fetch::{Event, Fetch, Keeps, Remote, RemoteFile, SETS};
use signsim::hex::hex;
use tempfile::TempDir;

use server::{Reply, Request, Server};

/// Bytes that are nobody's.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|k| ((k * k) % 251) as u8).collect()
}

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A set of one file with these contents, to be fetched from these places.
fn set(contents: &[u8], keeps: Keeps, places: Vec<String>) -> Remote {
    let sha256 = leaked(hex(&Sha256::digest(contents)));
    let places = places.into_iter().map(|place| &**leaked(format!("{place}/")));
    Remote {
        word: "mnist",
        title: "MNIST",
        places: leaked(places.collect::<Vec<&str>>()),
        largest: 100_000,
        files: leaked([RemoteFile { name: "a.bin", sha256, keeps }]),
    }
}

fn ask<'a>(set: &'a Remote, to: &'a Path) -> Fetch<'a> {
    Fetch { set, from: None, to, replace: false, patience: Duration::from_secs(10) }
}

/// The message and the help of what went wrong.
fn complaint(outcome: Result<Vec<std::path::PathBuf>>) -> (String, String) {
    let error = outcome.expect_err("this must fail");
    (error.to_string(), error.advice().unwrap_or_default().to_owned())
}

/// The names in a folder.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_fetched_once() {
    let (dir, contents) = (TempDir::new().unwrap(), bytes(70_000));
    let to = dir.path().join("data/mnist");
    let server = Server::new({
        let contents = contents.clone();
        move |_, _| Reply::Parts(contents.clone())
    });
    let set = set(&contents, Keeps::Itself, vec![server.address.clone()]);
    let (mut last, mut verified) = ((0, None), 0);
    let files = ask(&set, &to).run(&mut |event| match event {
        Event::Bytes(bytes, whole) => last = (bytes, whole),
        Event::Verified(name) => verified += usize::from(name == "a.bin"),
        _ => {}
    });
    assert_eq!(files.unwrap(), [to.join("a.bin")]);
    assert_eq!((last, verified, names(&to)), ((70_000, Some(70_000)), 1, vec!["a.bin".to_owned()]));
    assert_eq!(fs::read(to.join("a.bin")).unwrap(), contents);
    assert_eq!(server.requests(), [Request { line: "GET /a.bin HTTP/1.1".to_owned(), from: 0 }]);
    // What is there is not asked for again.
    let mut there = false;
    ask(&set, &to).run(&mut |event| there |= event == Event::There("a.bin")).unwrap();
    assert!(there && server.requests().is_empty());
}

#[test]
fn another_file_in_its_place_is_not_replaced_unless_that_is_asked_for() {
    let (dir, contents) = (TempDir::new().unwrap(), bytes(500));
    fs::write(dir.path().join("a.bin"), "mine").unwrap();
    let server = Server::new(|_, _| Reply::Parts(bytes(500)));
    let set = set(&contents, Keeps::Itself, vec![server.address.clone()]);
    let (message, help) = complaint(ask(&set, dir.path()).run(&mut |_| {}));
    // sha256sum of `mine`.
    let mine = hex(&Sha256::digest("mine"));
    let words = format!(
        "a.bin is there already and is not the published file: its SHA-256 is {mine}, not {}",
        set.files[0].sha256
    );
    assert!(message.ends_with(&words) && help.contains("--force"), "{message}: {help}");
    assert!(fs::read(dir.path().join("a.bin")).unwrap() == b"mine" && server.requests().is_empty());
    Fetch { replace: true, ..ask(&set, dir.path()) }.run(&mut |_| {}).unwrap();
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), contents);
}

#[test]
fn what_an_earlier_call_has_left_is_gone_on_from() {
    let contents = bytes(50_000);
    let wrong = vec![7; 20_000];
    let longer = [contents.clone(), vec![0]].concat();
    let whole: fn(Vec<u8>) -> Reply = Reply::Whole;
    for (left, reply, asked) in [
        (&contents[..20_000], Reply::Parts as fn(Vec<u8>) -> Reply, &[20_000][..]),
        // A server that knows no parts.
        (&contents[..20_000], whole, &[20_000]),
        // All of it, of which only the name was not given yet.
        (&contents[..], whole, &[]),
        // Other bytes, and more than there are.
        (&wrong, Reply::Parts, &[20_000, 0]),
        (&longer, Reply::Parts, &[50_001, 0]),
    ] {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("a.bin.part"), left).unwrap();
        let served = contents.clone();
        let server = Server::new(move |_, _| reply(served.clone()));
        let set = set(&contents, Keeps::Itself, vec![server.address.clone()]);
        ask(&set, dir.path()).run(&mut |_| {}).unwrap();
        assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), contents);
        assert_eq!(names(dir.path()), ["a.bin"]);
        assert_eq!(server.requests().iter().map(|request| request.from).collect::<Vec<_>>(), asked);
    }
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    let (dir, contents) = (TempDir::new().unwrap(), bytes(50_000));
    let served = contents.clone();
    let server = Server::new(move |_, before| match before {
        0 | 1 => Reply::Cut(served.clone(), 10_000),
        _ => Reply::Parts(served.clone()),
    });
    let set = set(&contents, Keeps::Itself, vec![server.address.clone()]);
    ask(&set, dir.path()).run(&mut |_| {}).unwrap();
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), contents);
    assert_eq!(server.requests().iter().map(|request| request.from).collect::<Vec<_>>(), [0, 10_000, 20_000]);
    // One that breaks time and again is given up, and what has come stays.
    let dir = TempDir::new().unwrap();
    let served = contents.clone();
    let server = Server::new(move |_, _| Reply::Cut(served.clone(), 1000));
    let set = self::set(&contents, Keeps::Itself, vec![server.address.clone()]);
    let (message, help) = complaint(ask(&set, dir.path()).run(&mut |_| {}));
    assert!(message.starts_with(&format!("{}/a.bin: the connection broke", server.address)), "{message}");
    assert!(help.contains("HTTPS_PROXY") && help.contains("--from"), "{help}");
    assert_eq!(fs::read(dir.path().join("a.bin.part")).unwrap(), contents[..4000]);
}

#[test]
fn what_is_not_the_published_file_is_refused_with_both_sums() {
    let (dir, contents) = (TempDir::new().unwrap(), bytes(3000));
    let server = Server::new(|_, _| Reply::Parts(b"<html>another page</html>".to_vec()));
    let set = set(&contents, Keeps::Itself, vec![server.address.clone()]);
    let (message, _) = complaint(ask(&set, dir.path()).run(&mut |_| {}));
    let (found, known) = (hex(&Sha256::digest("<html>another page</html>")), set.files[0].sha256);
    let words = format!("this is not the published file: its SHA-256 is {found}, not {known}");
    assert_eq!(message, format!("{}/a.bin: {words}", server.address));
    assert_eq!(names(dir.path()), [""; 0]);
    // One that never ends is not read to its end.
    let server = Server::new(|_, _| Reply::Parts(vec![0; 1_000_000]));
    let set = self::set(&contents, Keeps::Itself, vec![server.address.clone()]);
    let (message, _) = complaint(ask(&set, dir.path()).run(&mut |_| {}));
    assert!(message.ends_with("it gives more than 100000 bytes: it is not this set"), "{message}");
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn the_next_place_is_asked_where_one_gives_nothing() {
    let (dir, contents) = (TempDir::new().unwrap(), bytes(3000));
    let gone = Server::new(|_, _| Reply::Status("404 Not Found"));
    let served = contents.clone();
    let there = Server::new(move |_, _| Reply::Parts(served.clone()));
    let moved = format!("{}/elsewhere/a.bin", there.address);
    let moving = Server::new(move |_, _| Reply::Elsewhere(moved.clone()));
    let places = vec![gone.address.clone(), "http://nobody.invalid".to_owned(), moving.address.clone()];
    let set = set(&contents, Keeps::Itself, places);
    let mut refused = Vec::new();
    let outcome = ask(&set, dir.path()).run(&mut |event| {
        if let Event::Refused(why) = event {
            refused.push(why.to_owned());
        }
    });
    outcome.unwrap();
    assert_eq!(refused[0], format!("{}/a.bin: the server answers 404 Not Found", gone.address));
    assert!(refused[1].starts_with("http://nobody.invalid/a.bin: "), "{refused:?}");
    assert_eq!(there.requests()[0].line, "GET /elsewhere/a.bin HTTP/1.1");
    assert_eq!(fs::read(dir.path().join("a.bin")).unwrap(), contents);
}

#[test]
fn a_server_that_cannot_be_reached_or_is_silent_is_told() {
    let dir = TempDir::new().unwrap();
    let silent = Server::new(|_, _| Reply::Silence);
    let closed = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    for (place, words) in [
        (&silent.address, "timeout"),
        (&closed, "refused"),
        (&"http://nobody.invalid".to_owned(), "lookup address"),
    ] {
        let set = set(b"x", Keeps::Itself, vec![place.clone()]);
        let ask = Fetch { patience: Duration::from_millis(300), ..ask(&set, dir.path()) };
        let (message, help) = complaint(ask.run(&mut |_| {}));
        assert!(message.starts_with(&format!("{place}/a.bin: ")), "{message}");
        assert!(message.to_lowercase().contains(words), "{message}");
        assert!(help.contains("another place that has a.bin with --from"), "{help}");
        assert_eq!(names(dir.path()), [""; 0]);
    }
}

#[test]
fn one_process_fetches_a_file() {
    let dir = TempDir::new().unwrap();
    let held = fs::File::create(dir.path().join("a.bin.part")).unwrap();
    held.lock().unwrap();
    let set = set(b"x", Keeps::Itself, vec!["http://nobody.invalid".to_owned()]);
    let outcome = ask(&set, dir.path()).run(&mut |_| {});
    assert!(matches!(outcome, Err(Error::Input { .. })));
    let (message, help) = complaint(outcome);
    assert!(message.starts_with("another process is fetching ") && help.contains("wait"), "{message}");
}

/// The files that are fetched are those that a scenario looks for, in the folder in which it looks for them.
#[test]
fn every_published_set_can_be_fetched() {
    let words: Vec<&str> = SETS.iter().map(|set| set.word).collect();
    assert_eq!(words, ["mnist", "fashion_mnist", "emnist", "cifar10", "cifar100"]);
    for set in SETS {
        assert!(folder_of(set.word).is_some() && set.places.iter().all(|place| place.ends_with('/')));
        let dir = TempDir::new().unwrap();
        for file in set.files {
            assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|c| c.is_ascii_hexdigit()));
            let kept = match file.keeps {
                Keeps::Itself => &[file.name][..],
                Keeps::FromTar(names) | Keeps::FromZip(names) => names,
            };
            kept.iter().for_each(|name| fs::write(dir.path().join(name), "").unwrap());
        }
        let text = format!("{}: {{ dir: {:?} }}", set.word, dir.path());
        let spec: DataSpec =
            serde_yaml::with::singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(&text))
                .unwrap();
        // None is missing; that they hold nothing is another matter.
        if let Err(error) = spec.measure() {
            assert!(error.to_string().contains("is cut short"), "{error}");
        }
        let missing: DataSpec = serde_yaml::with::singleton_map_recursive::deserialize(
            serde_yaml::Deserializer::from_str(&text.replace(&*dir.path().to_string_lossy(), "nowhere")),
        )
        .unwrap();
        let error = missing.measure().expect_err("nothing is there");
        let command = format!("`signsim data fetch {}` fetches it", set.word);
        assert!(error.advice().unwrap().contains(&command), "{error}: {:?}", error.advice());
    }
}
