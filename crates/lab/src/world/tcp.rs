//! The other end behind a real socket. One message out, one answer back; the connection is kept until it is given up.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::backend::{Backend, Reply};
use crate::Moment;
use crate::host::Change;
use crate::message::MESSAGE_MAX;

/// What is done behind the counter of a host that is reached by TCP.
type Backstage<'a> = Box<dyn FnMut(Moment, &Change) -> Result<(), String> + 'a>;

/// A host at an address. Changes behind its counter go to a function, because no protocol carries them.
pub struct Caller<'a> {
    address: String,
    timeout: Duration,
    stream: Option<TcpStream>,
    backstage: Backstage<'a>,
}

impl<'a> Caller<'a> {
    /// A caller of this address, `name:port`, who waits this long for an answer.
    pub fn new(address: &str, timeout: Duration, backstage: impl FnMut(Moment, &Change) -> Result<(), String> + 'a) -> Caller<'a> {
        Caller { address: address.into(), timeout, stream: None, backstage: Box::new(backstage) }
    }

    fn exchange(&mut self, frame: &[u8]) -> io::Result<Option<Vec<u8>>> {
        if self.stream.is_none() {
            let addresses = self.address.to_socket_addrs()?;
            let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
            for address in addresses {
                match TcpStream::connect_timeout(&address, self.timeout) {
                    Ok(stream) => {
                        stream.set_read_timeout(Some(self.timeout))?;
                        stream.set_write_timeout(Some(self.timeout))?;
                        stream.set_nodelay(true)?;
                        self.stream = Some(stream);
                        break;
                    }
                    Err(error) => last = error,
                }
            }
            if self.stream.is_none() {
                return Err(last);
            }
        }
        let Some(stream) = &mut self.stream else { return Ok(None) };
        stream.write_all(frame)?;
        let mut length = [0; 2];
        match stream.read_exact(&mut length) {
            Ok(()) => {}
            // The host closed instead of answering.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let count = usize::from(u16::from_be_bytes(length));
        if count > MESSAGE_MAX {
            return Ok(None);
        }
        let mut answer = vec![0; count + 2];
        answer.iter_mut().zip(length).for_each(|(byte, value)| *byte = value);
        stream.read_exact(answer.get_mut(2..).unwrap_or_default())?;
        Ok(Some(answer))
    }
}

impl Backend for Caller<'_> {
    fn message(&mut self, _: Moment, frame: &[u8]) -> Reply {
        match self.exchange(frame) {
            Ok(Some(bytes)) => Reply { bytes: Some(bytes), delay_ms: 0, close: false },
            Ok(None) => {
                self.stream = None;
                Reply { bytes: None, delay_ms: 0, close: true }
            }
            Err(error) => {
                self.stream = None;
                // Silence stays silence; anything else is a broken line.
                let silent = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                Reply { bytes: None, delay_ms: 0, close: !silent }
            }
        }
    }

    fn change(&mut self, now: Moment, change: &Change) -> Result<(), String> {
        (self.backstage)(now, change)
    }

    fn hang_up(&mut self) {
        self.stream = None;
    }
}
