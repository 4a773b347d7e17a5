//! `testimony ca trust`: what `-- CMD` sets, to be set by hand, client by client.

use super::super::child::{CLIENTS, Environment, Material};
use super::super::{Failure, Outcome, World};
use super::Folder;
use crate::net::CertificateAuthority;
use std::net::SocketAddr;

/// Whom the lines are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A POSIX shell: `eval "$(testimony ca trust)"`
    Sh,
    /// PowerShell: `testimony ca trust --format powershell | Invoke-Expression`
    Powershell,
    /// Windows' command prompt
    Cmd,
    /// A step of a GitHub Actions job that runs in bash; the steps after it find the variables set
    Github,
    /// JSON
    Json,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(super) folder: Folder,
    /// Shell or format to print for
    #[arg(long, value_enum, default_value_t = Form::Sh)]
    format: Form,
    /// Address of a running listener, to have the proxy's variables printed, too
    #[arg(long, value_name = "ADDRESS")]
    proxy: Option<SocketAddr>,
}

pub(super) fn run(
    arguments: &Arguments,
    authority: &CertificateAuthority,
    world: &World,
) -> Result<Outcome, Failure> {
    let material = Material::write(authority, world)?;
    let environment = Environment::new(&material, arguments.proxy, world);
    let clients = clients(&environment)?;
    world.print(&match arguments.format {
        Form::Json => json(&material, &clients),
        form => lines(form, &material, &clients, arguments.proxy.is_some()),
    })
}

/// A client with the variables that are to be set for it.
struct Told {
    name: &'static str,
    note: &'static str,
    variables: Vec<(&'static str, String)>,
}

/// The clients that there is something to say about.
fn clients(environment: &Environment) -> Result<Vec<Told>, Failure> {
    let mut told = Vec::new();
    for client in CLIENTS {
        let mut variables = Vec::new();
        for name in client.variables {
            let Some(value) = environment.value(name) else { continue };
            let value = value.to_str().ok_or_else(|| {
                Failure::asked(format!("{name}: a path that is not UTF-8"))
                    .hint("move the folder of the certificate authority with `--ca-dir`")
            })?;
            variables.push((*name, value.to_owned()));
        }
        if !variables.is_empty() || client.variables.is_empty() {
            told.push(Told { name: client.name, note: client.note, variables });
        }
    }
    Ok(told)
}

fn lines(form: Form, material: &Material, clients: &[Told], proxy: bool) -> String {
    let comment = |text: &str| match form {
        Form::Cmd => format!("rem {text}"),
        _ => format!("# {text}"),
    };
    let mut lines = vec![
        comment("`testimony record -- CMD` and `testimony replay -- CMD` set all of this for CMD."),
        comment("The bundle holds the system's roots and the project's CA; the CA alone is"),
        comment(&material.certificate.to_string_lossy()),
    ];
    if !proxy {
        lines.push(comment(
            "The proxy's variables, too: `testimony ca trust --proxy 127.0.0.1:PORT`",
        ));
    }
    for client in clients {
        lines.push(String::new());
        lines.push(comment(client.name));
        if !client.note.is_empty() {
            lines.push(comment(&format!("({})", client.note)));
        }
        let assigned = client.variables.iter();
        lines.extend(assigned.map(|(name, value)| assignment(form, name, value)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A line that sets a variable.
fn assignment(form: Form, name: &str, value: &str) -> String {
    let posix = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    match form {
        Form::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
        // The quotes are not part of the value, and no character in them needs another spelling but `%`,
        // which has none outside of a batch file.
        Form::Cmd => format!("set \"{name}={value}\""),
        Form::Github => {
            format!("echo {} >> \"$GITHUB_ENV\"", posix(&format!("{name}={value}")))
        }
        Form::Sh | Form::Json => format!("export {name}={}", posix(value)),
    }
}

fn json(material: &Material, clients: &[Told]) -> String {
    let clients: Vec<_> = clients
        .iter()
        .map(|client| {
            let variables: serde_json::Map<String, serde_json::Value> = client
                .variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
                .collect();
            serde_json::json!({"client": client.name, "variables": variables, "note": client.note})
        })
        .collect();
    let whole = serde_json::json!({
        "certificate": material.certificate.to_string_lossy(),
        "bundle": material.bundle.to_string_lossy(),
        "clients": clients,
    });
    format!("{whole:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_their_shell() {
        let line = |form| assignment(form, "N", "/it's $HOME");
        assert_eq!(line(Form::Sh), r"export N='/it'\''s $HOME'");
        assert_eq!(line(Form::Powershell), "$env:N = '/it''s $HOME'");
        assert_eq!(line(Form::Cmd), "set \"N=/it's $HOME\"");
        assert_eq!(line(Form::Github), r#"echo 'N=/it'\''s $HOME' >> "$GITHUB_ENV""#);
    }
}
