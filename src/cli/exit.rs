//! Exit codes and how a failure is said.

use std::process::ExitCode;

/// What a verb's end means to whoever called it. The numbers are a promise to scripts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A check failed: two results differ, say.
    CheckFailed = 1,
    /// The command line, a scenario or a data file is wrong.
    BadInput = 2,
    /// The work is larger than a limit allows.
    Limit = 3,
    /// A disk or file refused.
    Io = 4,
    /// An error of this program's own.
    Bug = 5,
    /// Interrupted from the keyboard (SIGINT).
    Interrupted = 130,
    /// Asked to terminate (SIGTERM).
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a verb ended early.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What to say.
    pub message: String,
}

impl Failure {
    /// An error in one sentence, which it begins with a small letter: what failed, where, why.
    pub fn new(exit: Exit, message: impl std::fmt::Display) -> Self {
        Self::told(exit, format!("error: {message}"))
    }

    /// A failure whose words stand as they are.
    pub fn told(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }
}

/// What a verb gives back.
pub type Ending = Result<Exit, Failure>;
