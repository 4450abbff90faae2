//! One request to a server, and its answer.

use std::io::Read;
use std::time::Duration;

use crate::error::Error;

/// What a server answered.
pub(super) struct Answer {
    /// The body begins at this byte of the file: at the one that was asked for, or at 0 where the server knows no parts.
    pub from: u64,
    /// Bytes of the whole file, where the server says it.
    pub whole: Option<u64>,
    pub body: Box<dyn Read>,
}

/// Why there is no answer.
#[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "without it nobody is asked"))]
pub(super) enum Refusal {
    /// The server has no such part of the file.
    NoSuchPart,
    /// This server gives nothing, in words.
    Server(String),
    /// Nobody can be asked.
    Everybody(Error),
}

/// Asks for the bytes of a file from byte `from` on. A server that is silent for `patience` is given up.
#[cfg(feature = "fetch")]
pub(super) fn open(url: &str, from: u64, patience: Duration) -> Result<Answer, Refusal> {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .http_status_as_error(false)
        .user_agent(concat!("signsim/", env!("CARGO_PKG_VERSION")))
        .build();
    let mut request = ureq::Agent::new_with_config(config).get(url);
    if from > 0 {
        request = request.header("Range", format!("bytes={from}-"));
    }
    let response = request.call().map_err(|error| match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Refusal::Everybody(
            Error::input(format!("`{url}` is no address: {error}")).help("write --from https://HOST/FOLDER/"),
        ),
        // Without the word of the library, which says no more than the system does.
        ureq::Error::Io(error) => Refusal::Server(error.to_string()),
        error => Refusal::Server(error.to_string()),
    })?;
    let status = response.status();
    let part = response.headers().get("content-range").and_then(|part| range(part.to_str().ok()?));
    let (from, whole) = match (status.as_u16(), part) {
        (200, _) => (0, response.body().content_length()),
        (206, Some((begins, whole))) if begins == from => (from, whole),
        (206 | 416, _) => return Err(Refusal::NoSuchPart),
        _ => return Err(Refusal::Server(format!("the server answers {status}"))),
    };
    Ok(Answer { from, whole, body: Box::new(response.into_body().into_reader()) })
}

/// Where a part begins and how large the whole is, of `bytes 5-9/10`.
#[cfg(feature = "fetch")]
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (part, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((part.split_once('-')?.0.parse().ok()?, whole.parse().ok()))
}

/// There is nothing to ask with.
#[cfg(not(feature = "fetch"))]
pub(super) fn open(_: &str, _: u64, _: Duration) -> Result<Answer, Refusal> {
    Err(Refusal::Everybody(
        Error::run("this program was built without its feature `fetch`")
            .help("build it with its default features, or bring the files by other means"),
    ))
}
