//! `posdx serve`: everything above over HTTP, for phones, hotlines and programs.

use std::io::{BufRead, Read};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use posdx_model::Lang;
use posdx_server::{LogLevel, Options, Password, ServeError};

use super::{Done, Failure, exit};

/// Bytes of a password file.
const PASSWORD_MAX: u64 = 1024;

#[derive(Args)]
pub struct ServeArgs {
    /// Where to listen. Anything but this machine needs a password, or a proxy that brings TLS.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8583")]
    listen: SocketAddr,
    /// A file whose first line is the password that every visitor must give.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A proxy in front brings TLS and says who asks (X-Forwarded-For).
    #[arg(long)]
    behind_proxy: bool,
    /// A name under which the server may be reached, besides localhost and numbers; may be repeated.
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
    /// Requests a second that one address may make for long; six seconds' worth may come at once. This machine has no limit.
    #[arg(long, value_name = "N", default_value = "20")]
    rate: u32,
    /// What goes to standard error as JSON lines: quiet, problems, requests. Never what was asked.
    #[arg(long, value_name = "LEVEL", default_value = "problems")]
    log: LogLevel,
    /// Language of what is said here; visitors choose their own.
    #[arg(long, value_name = "zh|en")]
    lang: Option<Lang>,
}

impl ServeArgs {
    pub fn run(self) -> Done {
        let lang = super::Output { lang: self.lang, json: false }.lang();
        let options = Options {
            listen: self.listen,
            password: self.password_file.map(read_password).transpose()?,
            behind_proxy: self.behind_proxy,
            names: self.names,
            rate_per_s: self.rate,
            log: self.log,
        };
        let started = |at: SocketAddr| {
            let text = match lang {
                Lang::Zh => format!("诊码已启动：http://{at}　按 Ctrl-C 停止。"),
                Lang::En => format!("posdx serves at http://{at}  Ctrl-C stops it."),
            };
            anstream::println!("{text}");
        };
        posdx_server::serve(options, started).map_err(|e| match e {
            ServeError::Refused(text) => Failure::Input(text.get(lang).to_owned()),
            other => Failure::Input(other.to_string()),
        })?;
        Ok(exit::ANSWERED)
    }
}

fn read_password(path: PathBuf) -> Result<Password, Failure> {
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot read the password file {}: {e}", path.display()));
    let file = std::fs::File::open(&path).map_err(cannot)?;
    let mut line = String::new();
    std::io::BufReader::new(file.take(PASSWORD_MAX)).read_line(&mut line).map_err(cannot)?;
    let word = line.trim_end_matches(['\r', '\n']);
    if word.chars().count() < 8 {
        return Err(Failure::Input(format!("the password in {} is shorter than 8 characters", path.display())));
    }
    Ok(Password::new(word.to_owned()))
}
