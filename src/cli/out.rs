//! What a command prints. `println!` panics where it can't, as behind `| head`, which stops reading when it has enough.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line to standard output.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::out::line(format_args!($($words)*)) };
}

/// Prints a line to standard error.
macro_rules! complain {
    ($($words:tt)*) => { $crate::cli::out::complaint(format_args!($($words)*)) };
}

/// A reader who has gone wants no more, and what the command did stands. A full disk ends the program with exit code 1:
/// whoever reads the file later must not take a part for the whole.
pub(super) fn line(words: Arguments<'_>) {
    if let Err(error) = writeln!(Rest::default(), "{words}") {
        complaint(format_args!("countersign: the output can't be written: {error}"));
        std::process::exit(1);
    }
}

/// There is nowhere to say that it can't be said.
pub(super) fn complaint(words: Arguments<'_>) {
    writeln!(std::io::stderr(), "{words}").ok();
}

/// Standard output. Where nobody reads on it takes the rest and drops it.
#[derive(Default)]
pub(super) struct Rest {
    is_unread: bool,
}

impl Rest {
    /// Whether there is nobody to write for.
    pub(super) fn is_unread(&self) -> bool {
        self.is_unread
    }

    fn heed<T>(&mut self, written: std::io::Result<T>, done: T) -> std::io::Result<T> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_unread = true;
                Ok(done)
            }
            written => written,
        }
    }
}

impl Write for Rest {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.is_unread {
            return Ok(bytes.len());
        }
        self.heed(std::io::stdout().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.heed(std::io::stdout().flush(), ())
    }
}
