//! Bytes on their way to the reader of rows, line by line: how far they have come, and that no line goes on forever.

use std::fmt;
use std::io::{self, Read};

/// A line may be longer than this by what is read at one time; a row of votes has at most 50 bytes.
const LONGEST: usize = 1 << 16;

/// Passes bytes on and counts lines.
pub(crate) struct Lines<R> {
    bytes: R,
    /// Lines that have ended.
    ended: u64,
    /// Bytes of the line that has not.
    open: usize,
}

impl<R> Lines<R> {
    pub(crate) const fn new(bytes: R) -> Self {
        Self { bytes, ended: 0, open: 0 }
    }
}

/// A line has no end that is worth waiting for.
#[derive(Debug)]
pub(crate) struct EndlessLine {
    /// From one.
    pub line: u64,
}

impl fmt::Display for EndlessLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} goes on for more than {LONGEST} bytes", self.line)
    }
}

impl std::error::Error for EndlessLine {}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        let bytes = &buffer[..read];
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => {
                self.ended += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.open = read - last - 1;
            }
            None => self.open += read,
        }
        if self.open > LONGEST {
            return Err(io::Error::other(EndlessLine { line: self.ended + 1 }));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_pass_and_an_endless_one_ends() {
        let text = "0,0,0,1\n".repeat(100_000);
        let mut read = String::new();
        Lines::new(text.as_bytes()).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        let zeros = b"a\nb\n".chain(io::repeat(0));
        let error = io::copy(&mut Lines::new(zeros), &mut io::sink()).unwrap_err();
        let endless = error.get_ref().and_then(|e| e.downcast_ref::<EndlessLine>()).unwrap();
        assert_eq!(endless.line, 3);
    }
}
