//! `posdx people`: organisations and the people who log in. For whoever holds the data file; in the service, operations do it.

use std::io::IsTerminal;

use clap::{Args, Subcommand};
use posdx_store::{Duty, Store};
use zeroize::Zeroizing;

use super::data::{Data, now, refused, say};
use super::{Done, Failure, Output, exit, print_json};

#[derive(Args)]
pub struct PeopleArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Add a person; the organisation is made when it is new. The password is asked for, or read as the first line of standard input.
    Add {
        /// Name at login.
        name: String,
        /// What the person is there for: cashier, agent, engineer, operations, auditor.
        #[arg(long)]
        role: Duty,
        /// Name of the organisation.
        #[arg(long, default_value = "shop")]
        organisation: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        output: Output,
    },
    /// Give a person a new password; ends their sessions and lifts a lock.
    Password {
        /// Name at login.
        name: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        output: Output,
    },
    /// List the organisations.
    Organisations {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        output: Output,
    },
}

impl PeopleArgs {
    pub fn run(self) -> Done {
        match self.what {
            What::Add { name, role, organisation, data, output } => {
                let store = data.open()?;
                let organisation = organisation_of(&store, &organisation)?;
                store.new_user(organisation, &name, role, &password(&output)?, now()).map_err(refused)?;
                told(&output, &name, ("已加入", "can log in now"))
            }
            What::Password { name, data, output } => {
                let store = data.open_known()?;
                store.reset_password(&name, &password(&output)?, now()).map_err(refused)?;
                told(&output, &name, ("密码已换，旧的登录都已退出", "has a new password; old sessions have ended"))
            }
            What::Organisations { data, output } => {
                let all = data.open_known()?.organisations().map_err(refused)?;
                if output.json {
                    print_json(&all)?;
                } else {
                    for o in &all {
                        super::print(&format!("{} {}\n", o.id, o.name))?;
                    }
                }
                Ok(exit::ANSWERED)
            }
        }
    }
}

fn told(output: &Output, name: &str, what: (&str, &str)) -> Done {
    if output.json {
        print_json(&serde_json::json!({ "schema": "posdx.people/1", "name": name, "done": true }))?;
    } else {
        say(output.lang(), format!("{name}：{}", what.0), format!("{name}: {}", what.1))?;
    }
    Ok(exit::ANSWERED)
}

fn organisation_of(store: &Store, name: &str) -> Result<i64, Failure> {
    let known = store.organisations().map_err(refused)?.into_iter().find(|o| o.name == name.trim());
    match known {
        Some(organisation) => Ok(organisation.id),
        None => Ok(store.new_organisation(name, now()).map_err(refused)?.id),
    }
}

/// A password never stands in the arguments, where the shell's history and the process list would keep it.
fn password(output: &Output) -> Result<Zeroizing<String>, Failure> {
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot read the password: {e}"));
    if std::io::stdin().is_terminal() {
        let ask = posdx_model::Text::new("密码（输入时不显示）：", "Password (not shown while you type): ");
        return rpassword::prompt_password(ask.get(output.lang())).map(Zeroizing::new).map_err(cannot);
    }
    let mut line = Zeroizing::new(String::new());
    std::io::BufRead::read_line(&mut std::io::Read::take(std::io::stdin().lock(), 1024), &mut line).map_err(cannot)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}
