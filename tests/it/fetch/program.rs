//! `signsim data fetch` as its users see it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::bytes;
use super::server::{Reply, Server};

/// The program in a folder, without what this machine's user says of networks and data.
fn program(dir: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_signsim"));
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SIGNSIM_DATA"] {
        program.env_remove(name).env_remove(name.to_lowercase());
    }
    program.current_dir(dir).args(["data", "fetch"]).args(arguments).stdin(Stdio::null());
    program
}

fn texts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn told(program: &mut Command) -> (Option<i32>, String, String) {
    texts(&program.output().unwrap())
}

#[test]
fn what_comes_is_held_against_the_published_sums() {
    let dir = TempDir::new().unwrap();
    let server = Server::new(|_, _| Reply::Parts(bytes(1000)));
    let (code, out, err) = told(&mut program(dir.path(), &["mnist", "--from", &server.address]));
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    for words in [
        &format!("fetching {}/train-images-idx3-ubyte.gz\n", server.address),
        "this is not the published file: its SHA-256 is ",
        // Of the published file, as TensorFlow Datasets has it.
        ", not 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "help: see whether the network is there",
    ] {
        assert!(err.contains(words), "{words}: {err}");
    }
    assert_eq!(super::names(&dir.path().join("data/mnist")), [""; 0]);
    // No bar, and no line where none is wanted.
    assert!(!err.contains('\u{1b}') && !err.contains('━'), "{err}");
    let (_, _, err) = told(&mut program(dir.path(), &["mnist", "--from", &server.address, "--quiet"]));
    assert!(err.starts_with("error: "), "{err}");
    // An address of a file is taken as it is, a folder with or without its slash.
    let archive = format!("{}/x/cifar-10-binary.tar.gz", server.address);
    server.requests();
    for from in [archive.clone(), format!("{}/x", server.address), format!("{}/x/", server.address)] {
        let (code, _, err) = told(&mut program(dir.path(), &["cifar10", "--from", &from]));
        assert!(code == Some(1) && err.contains(&archive), "{err}");
        assert_eq!(server.requests()[0].line, "GET /x/cifar-10-binary.tar.gz HTTP/1.1");
    }
}

#[test]
fn mistakes_are_answered_before_anybody_is_asked() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for (arguments, words) in [
        (
            &["fashion-mnist"][..],
            "`fashion-mnist` is no data set that can be fetched | did you mean `fashion_mnist`?",
        ),
        (&["digits"], "`digits` is no data set that can be fetched | write one of mnist, "),
        (&["mnist", "--from", "somewhere"], "is no address | write --from https://HOST/FOLDER/"),
        (&["mnist", "--from", "ftp://host/x"], "ftp://host/x"),
        (&["mnist", "--to", "file"], "file: "),
        (&[], "<SET>"),
        (&["mnist", "--form", "x"], "--from"),
    ] {
        let (code, out, err) = told(&mut program(dir.path(), arguments));
        assert!(code.is_some_and(|code| code == 1 || code == 2) && out.is_empty(), "{arguments:?}: {err}");
        for part in words.split(" | ") {
            assert!(err.contains(part), "{arguments:?}: {part} in {err}");
        }
    }
}

#[test]
fn proxies_of_the_environment_are_heeded() {
    let dir = TempDir::new().unwrap();
    let proxy = Server::new(|_, _| Reply::Status("502 Bad Gateway"));
    for name in ["HTTP_PROXY", "ALL_PROXY", "https_proxy"] {
        let mut program = program(dir.path(), &["mnist", "--from", "http://nobody.invalid/x"]);
        let (code, _, err) = told(program.env(name, &proxy.address));
        assert!(
            code == Some(1) && err.contains("http://nobody.invalid/x/train-images-idx3-ubyte.gz: "),
            "{err}"
        );
        let asked = proxy.requests();
        assert!(asked[0].line.contains("nobody.invalid"), "{name}: {asked:?}");
        // And not for hosts that are named.
        let mut program = self::program(dir.path(), &["mnist", "--from", "http://nobody.invalid/x"]);
        let (_, _, err) = told(program.env(name, &proxy.address).env("NO_PROXY", "nobody.invalid"));
        assert!(err.contains("lookup address") && proxy.requests().is_empty(), "{err}");
    }
}

/// Ctrl-C leaves what has come, and the same command goes on from there.
#[cfg(unix)]
#[test]
fn an_interrupted_fetch_goes_on() {
    let dir = TempDir::new().unwrap();
    let server = Server::new(|_, _| Reply::Slowly(bytes(1_000_000)));
    let arguments = ["mnist", "--from", &server.address, "--to", "m"];
    let mut piped = program(dir.path(), &arguments);
    let child = piped.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let part = dir.path().join("m/train-images-idx3-ubyte.gz.part");
    let begun = Instant::now();
    while fs::metadata(&part).map_or(0, |part| part.len()) < 2000 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing comes");
        std::thread::sleep(Duration::from_millis(5));
    }
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
    let (code, _, err) = texts(&child.wait_with_output().unwrap());
    assert!(code == Some(130) && err.contains("run the same command again"), "{err}");
    let left = fs::read(&part).unwrap();
    assert_eq!(left, bytes(1_000_000)[..left.len()]);
    server.requests();
    let mut again = program(dir.path(), &arguments).stderr(Stdio::null()).spawn().unwrap();
    let asked = loop {
        if let Some(request) = server.requests().pop() {
            break request;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    again.kill().unwrap();
    again.wait().unwrap();
    assert_eq!(asked.from, left.len());
}

/// A disk of a megabyte, which only the program sees.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("small")).unwrap();
    let within = |line: &str| {
        let mut shell = Command::new("unshare");
        shell.current_dir(dir.path()).args(["--map-root-user", "--mount", "sh", "-c"]);
        shell.arg(format!("mount -t tmpfs -o size=1m none small && {line}")).output()
    };
    match within("true") {
        Ok(output) if output.status.success() => {}
        other => return eprintln!("skipped: nothing can be mounted: {other:?}"),
    }
    let server = Server::new(|_, _| Reply::Parts(bytes(5_000_000)));
    let command = format!(
        "{} data fetch mnist --from {} --to small/m --quiet; code=$?; ls small/m; exit $code",
        env!("CARGO_BIN_EXE_signsim"),
        server.address
    );
    let (code, out, err) = texts(&within(&command).unwrap());
    assert!(code == Some(1) && err.contains("train-images-idx3-ubyte.gz.part: No space left"), "{err}");
    assert!(err.contains("make room, and run the same command again") && out.contains(".part"), "{out}{err}");
}
