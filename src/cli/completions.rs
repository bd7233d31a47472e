//! `servent completions SHELL`.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::exit::Ending;

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

/// Prints the completions of a shell.
pub(crate) fn completions(arguments: &CompletionsArguments, mut command: Command) -> Ending {
    let mut text = Vec::new();
    generate(arguments.shell, &mut command, "servent", &mut text);
    super::print(&String::from_utf8_lossy(&text))
}
