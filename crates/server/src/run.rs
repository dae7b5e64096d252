//! Listening, one task a connection, and a stop that lets everybody finish.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::options::{LogLevel, Options};
use crate::pipeline::Peer;
use crate::routes;
use crate::state::State;

/// Connections at once.
const CONNECTIONS_MAX: usize = 2_000;
/// A head must be here within this time.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a head.
const HEAD_MAX: usize = 32 * 1024;
/// How long a stop waits for requests under way.
const STOP_TIME: Duration = Duration::from_secs(10);

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The options are refused.
    #[error("{}", .0.en)]
    Refused(posdx_model::Text),
    /// The address cannot be listened at.
    #[error("cannot listen at {at}: {error}. Is another program there? Choose another place with --listen 127.0.0.1:PORT.")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The threads cannot be started.
    #[error("cannot start: {0}")]
    Start(io::Error),
}

/// Serves until the process is told to stop. `started` is called once with the address.
pub fn serve(options: Options, started: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    if let Some(refusal) = options.refusal() {
        return Err(ServeError::Refused(refusal));
    }
    start_log(options.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(32).build().map_err(ServeError::Start)?;
    runtime.block_on(async {
        let at = options.listen;
        let listener = TcpListener::bind(at).await.map_err(|error| ServeError::Listen { at, error })?;
        let at = listener.local_addr().unwrap_or(at);
        started(at);
        tracing::info!(%at, "listening");
        run(listener, Arc::new(State::new(options)), told_to_stop()).await;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Serves on this listener until `stop` ends.
pub async fn run(listener: TcpListener, state: Arc<State>, stop: impl Future<Output = ()>) {
    let router = routes::router(&state);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stop = std::pin::pin!(stop);
    loop {
        // Without room nobody is let in; the system keeps them waiting.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file handles, most likely: give others time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = with_peer(router.clone(), peer);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away is no trouble of ours.
            let _ = connection.await;
            drop(place);
        });
    }
    state.ready.store(false, Ordering::Relaxed);
    drop(listener);
    let _ = tokio::time::timeout(STOP_TIME, graceful.shutdown()).await;
}

/// The router, told who is at the other end.
fn with_peer(
    router: Router,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    hyper::Request<hyper::body::Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> + Send
+ 'static {
    let router = TowerToHyperService::new(router);
    hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        hyper::service::Service::call(&router, request)
    })
}

/// Ends when the process is told to stop: Ctrl-C, or the signal of a service manager.
async fn told_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

/// Structured lines on standard error.
fn start_log(level: LogLevel) {
    let most = match level {
        LogLevel::Quiet => tracing::Level::ERROR,
        LogLevel::Problems | LogLevel::Requests => tracing::Level::INFO,
    };
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_max_level(most).with_writer(io::stderr);
    let _ = log.try_init();
}
