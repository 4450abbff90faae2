//! A browser that is told what to do, over the protocol of the W3C's WebDriver: as much of it as the tests need.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A browser with one window; it ends with this.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// Its settings, which nobody has used before.
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A headless browser; in words, why there is none.
    pub(crate) fn start() -> Result<Self, String> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| format!("chromedriver: {why}"))?;
        let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
        let port = lines.find_map(|line| {
            line.ok()?.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
        });
        // What it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().expect("a folder");
        let mut browser = Self {
            driver,
            port: port.ok_or("chromedriver names no port")?,
            session: String::new(),
            _profile: profile,
        };
        let profile = format!("--user-data-dir={}", browser._profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1300,1000",
            &profile,
        ];
        let wanted =
            json!({ "goog:chromeOptions": { "args": arguments }, "goog:loggingPrefs": { "browser": "ALL" } });
        let answer = browser.ask("POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let session = answer["sessionId"].as_str().ok_or_else(|| format!("no browser: {answer}"))?;
        browser.session = format!("/session/{session}");
        Ok(browser)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the driver listens");
        let body = body.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).expect("the driver reads");
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).expect("the driver answers");
            let line = line.trim().to_ascii_lowercase();
            if let Some(bytes) = line.strip_prefix("content-length:") {
                length = bytes.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        answer.read_exact(&mut bytes).expect("the whole answer");
        serde_json::from_slice::<Value>(&bytes).expect("JSON")["value"].take()
    }

    fn tell(&self, path: &str, body: &Value) -> Value {
        let answer = self.ask("POST", &format!("{}{path}", self.session), body);
        assert!(answer.get("error").is_none(), "{answer}");
        answer
    }

    /// Opens a file.
    pub(crate) fn open(&self, path: &std::path::Path) {
        self.tell("/url", &json!({ "url": format!("file://{}", path.display()) }));
    }

    /// What a program that returns something gives.
    pub(crate) fn run(&self, program: &str) -> Value {
        self.tell("/execute/sync", &json!({ "script": program, "args": [] }))
    }

    /// Moves the mouse to a place in the window.
    pub(crate) fn point(&self, x: i64, y: i64) {
        let moves = json!([{ "type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport" }]);
        let mouse = json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": moves });
        self.tell("/actions", &json!({ "actions": [mouse] }));
    }

    /// A command of the browser's own protocol.
    pub(crate) fn command(&self, name: &str, parameters: &Value) {
        self.tell("/goog/cdp/execute", &json!({ "cmd": name, "params": parameters }));
    }

    /// What the console has said.
    pub(crate) fn console(&self) -> Value {
        self.tell("/se/log", &json!({ "type": "browser" }))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.ask("DELETE", &self.session, &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
