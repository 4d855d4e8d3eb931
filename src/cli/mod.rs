//! The command line: one file per command.
//!
//! Exit codes: 0 done, 1 the check found something or the run failed, 2 usage or configuration.

// `say!` and `complain!` do it without panicking.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod out;

mod audit;
mod check;
mod deciders;
mod demo;
mod freeze;
mod health;
mod jobs;
pub mod logging;
mod policy;
mod request;
mod serve;
mod timeline;
mod tokens;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Mistakes};
use crate::manifest;

/// Fine-grained GitHub token requests become Slack cards; an authorised click becomes a decision.
#[derive(Parser)]
#[command(name = "countersign", version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration file; the README and docs/setup.md tell how to write one.
    #[arg(long, global = true, default_value = "countersign.toml", value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// See it work: the whole system with a simulated GitHub and Slack; needs no account, file or network.
    Demo(demo::Arguments),
    /// Run the service until it is told to stop (SIGTERM or SIGINT).
    Serve,
    /// Ask the running service whether it is ready; exits 1 with the reason when it is not.
    Health,
    /// Find every mistake in the configuration at once; asks nobody.
    Check(check::Arguments),
    /// The policies: validated, shown, or asked what would happen to a request and why.
    #[command(subcommand)]
    Policy(policy::Command),
    /// One token request with its whole history.
    #[command(subcommand)]
    Request(request::Command),
    /// Work that waits or was given up.
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// The active tokens of the organizations, as they were last read from GitHub.
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Stop everything but denials and revocations at once, on all replicas, and go on again.
    Freeze(freeze::Arguments),
    /// The sealed record of who decided what.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print the manifest to register an app with, filled in.
    #[command(subcommand)]
    Manifest(ManifestOf),
}

#[derive(Subcommand)]
enum ManifestOf {
    /// The Slack app.
    Slack {
        /// Where Slack reaches the service, such as https://countersign.example.com.
        #[arg(long, value_name = "URL")]
        public_url: url::Url,
        /// For Socket Mode: no addresses.
        #[arg(long)]
        socket: bool,
    },
    /// The GitHub App.
    Github {
        /// Where GitHub reaches the service, such as https://countersign.example.com.
        #[arg(long, value_name = "URL")]
        public_url: url::Url,
    },
}

/// Why a command did not do what it was asked to; decides the exit code.
enum Failure {
    /// The run failed or the check found something.
    Run(anyhow::Error),
    /// The configuration has mistakes.
    Configuration(Mistakes),
    /// It was said already; only the code is left.
    Said,
    /// What was asked makes no sense, and that was said.
    Usage,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Run(error)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Configuration(mistakes)
    }
}

type Outcome = Result<(), Failure>;

/// Runs the program as the command line says.
pub fn run() -> ExitCode {
    // Before anything can make a connection: two TLS providers in one process would otherwise panic.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Demo(demo) => demo::run(demo),
        Command::Serve => serve::run(&arguments.config),
        Command::Health => health::run(&arguments.config),
        Command::Check(check) => check::run(&arguments.config, &check),
        Command::Policy(command) => policy::run(&arguments.config, command),
        Command::Request(command) => request::run(&arguments.config, command),
        Command::Jobs(command) => jobs::run(&arguments.config, command),
        Command::Tokens(command) => tokens::run(&arguments.config, command),
        Command::Freeze(freeze) => freeze::run(&arguments.config, freeze),
        Command::Audit(command) => audit::run(&arguments.config, command),
        Command::Manifest(ManifestOf::Slack { public_url, socket }) => {
            say!("{}", manifest::slack(&public_url, socket));
            Ok(())
        }
        Command::Manifest(ManifestOf::Github { public_url }) => {
            say!("{}", manifest::github(&public_url));
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::from(1),
        Err(Failure::Usage) => ExitCode::from(2),
        Err(Failure::Run(error)) => {
            complain!("countersign: {error:#}");
            ExitCode::from(1)
        }
        Err(Failure::Configuration(mistakes)) => {
            complain!("{mistakes}");
            ExitCode::from(2)
        }
    }
}

fn load(path: &std::path::Path) -> Result<Config, Mistakes> {
    // A variable that is not text can be none of ours.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Config::load(path, variables)
}

/// The runtime that everything asynchronous runs on.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
