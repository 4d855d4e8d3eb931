//! `countersign demo`: the whole system on this machine, without an account, a file or a network.

use std::net::SocketAddr;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, logging, runtime};
use crate::app::Service;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::LogFormat;
use crate::demo::{self, Stage, StageSettings};
use crate::simulator::github;
use crate::store::Probe;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the page is, or with --script the service; another port is taken if this one is.
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Play one request through every step, print what each person sees, and end.
    #[arg(long)]
    script: bool,
}

pub(super) fn run(arguments: Arguments) -> Outcome {
    logging::start(LogFormat::Auto, logging::DEMO);
    Ok(runtime()?.block_on(demo(arguments))?)
}

async fn demo(arguments: Arguments) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let chance = Chance::system();
    let settings = StageSettings {
        clock: Clock::wall(),
        chance: chance.clone(),
        folder: folder.path(),
        listen: if arguments.script { free(arguments.listen) } else { loopback() },
        github: github::Settings::new(github::App::new(github::generate_key_pem()?, webhook_secret(&chance))),
    };
    let stage = Stage::set(settings).await?;
    let service = stage.open(stage.load()?, Probe::default()).await?;
    if arguments.script {
        let outcome = demo::play(&stage, &mut |line| say!("{line}")).await;
        service.stop().await;
        return outcome;
    }
    let listener = TcpListener::bind(free(arguments.listen)).await?;
    serve_page(&stage, service, listener).await
}

/// Says where everything is, the page's address last and alone, and runs until told to stop.
async fn serve_page(stage: &Stage, service: Service, listener: TcpListener) -> anyhow::Result<()> {
    let page = listener.local_addr()?;
    say!("simulated GitHub: {}", stage.github.api_url());
    say!("simulated Slack:  {}", stage.slack.api_url());
    say!("configuration:    {}", stage.config.display());
    say!("Countersign:      http://{}", service.public);
    say!("Stop with Ctrl-C. Play all roles at:");
    say!("http://{page}");
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        served = demo::page::serve(stage.clone(), listener) => served?,
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    service.stop().await;
    Ok(())
}

fn webhook_secret(chance: &Chance) -> SecretString {
    SecretString::from(hex::encode(chance.bytes::<32>()))
}

/// The address, or one with a free port if it is taken.
fn free(wanted: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(wanted) {
        Ok(_) => wanted,
        Err(_) => SocketAddr::new(wanted.ip(), 0),
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}
