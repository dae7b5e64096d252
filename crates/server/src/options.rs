//! How the server is started, and when it refuses to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use posdx_model::Text;

posdx_model::words! {
    /// What is written to the log.
    LogLevel {
        /// Failures on our side.
        Quiet = "quiet",
        /// And start, end, and requests that took long.
        Problems = "problems",
        /// And every request.
        Requests = "requests",
    }
}

/// The port: ISO 8583 and a 5 for HTTP's 80 were taken.
pub const PORT: u16 = 8583;

/// A password; it prints as nothing.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Locks it up.
    pub fn new(password: String) -> Password {
        Password(password)
    }

    /// Whether this is it; takes as long for a near miss as for a far one.
    pub fn is(&self, given: &[u8]) -> bool {
        use subtle::ConstantTimeEq;
        self.0.as_bytes().ct_eq(given).into()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// How the server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// A password that every visitor must give.
    pub password: Option<Password>,
    /// A proxy in front of it brings TLS and says who asks.
    pub behind_proxy: bool,
    /// Names under which it may be reached, besides the loopback ones.
    pub names: Vec<String>,
    /// Requests that one address may make in a second, over some time.
    pub rate_per_s: u32,
    /// What is logged.
    pub log: LogLevel,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            password: None,
            behind_proxy: false,
            names: Vec::new(),
            rate_per_s: 20,
            log: LogLevel::Problems,
        }
    }
}

impl Options {
    /// Why these options are refused, if they are: whoever listens beyond this machine needs a password, or a proxy that brings TLS.
    pub fn refusal(&self) -> Option<Text> {
        let open = !self.listen.ip().is_loopback() && self.password.is_none() && !self.behind_proxy;
        open.then(|| {
            let at = self.listen;
            Text::new(
                format!(
                    "没有启动：{at} 在本机以外也能访问，却没有密码也没有 TLS。\n只在本机用：去掉 --listen。\n在店里共用：加 --password-file 文件，文件里写一行密码。\n对外服务：前面放一个带 TLS 的代理，再加 --behind-proxy。"
                ),
                format!(
                    "not started: {at} can be reached from other machines, and there is neither a password nor TLS.\nFor this machine only: leave --listen out.\nFor one shop: add --password-file FILE, with the password on its only line.\nFor the public: put a proxy with TLS in front and add --behind-proxy."
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_open_without_password_or_proxy() {
        let at = |listen: &str| Options { listen: listen.parse().expect("an address"), ..Options::default() };
        for open in ["0.0.0.0:8583", "192.168.1.5:80", "[::]:8583"] {
            let refusal = at(open).refusal().unwrap_or_else(|| panic!("{open}"));
            assert!(refusal.en.contains("--password-file") && refusal.zh.contains("--behind-proxy"));
            assert!(Options { behind_proxy: true, ..at(open) }.refusal().is_none());
        }
        for fine in ["127.0.0.1:8583", "[::1]:1", "127.8.8.8:80"] {
            assert!(at(fine).refusal().is_none(), "{fine}");
        }
    }
}
