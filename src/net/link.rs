//! A connection with its read buffer: what messages are taken from and written to.

use super::head::may_be_whole;
use super::stream::{self, Carrier, ReadSide, Rewound, WriteSide};
use super::{HeadFault, RequestHead, ResponseHead};
use bytes::BytesMut;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsStream;

/// Room for one read.
const READ: usize = 16 * 1024;
/// With less room than this, more is made: not for each read, as long as what was read last is in use.
const LEAST: usize = READ / 2;
/// Bodies up to this length are written together with their head.
const JOINED: usize = 16 * 1024;

/// Both directions of a connection.
#[derive(Debug)]
pub struct Link {
    /// What the other side sends.
    pub reader: Reader,
    /// What is sent to the other side.
    pub writer: Writer,
    /// Our address on this connection.
    pub local: SocketAddr,
    /// The other side's address.
    pub peer: SocketAddr,
    /// The host that a client asked for in TLS (SNI).
    pub name: Option<String>,
    /// Another handle of the socket below TLS, to look at what the system knows of it.
    below: Option<OwnedFd>,
}

/// The side that is read, with what was read and not yet used.
#[derive(Debug)]
pub struct Reader {
    side: ReadSide,
    /// Bytes that were read and not yet used.
    pub buffer: BytesMut,
    patience: Patience,
    /// When the longest wait of all ends, whatever single ones are allowed.
    alarm: Option<Instant>,
}

/// The side that is written.
#[derive(Debug)]
pub struct Writer {
    side: WriteSide,
}

/// Why no head came.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// The other side closed in the middle of it.
    #[error("connection closed in the middle of a head")]
    Closed,
    /// Not a head, or too large.
    #[error(transparent)]
    Head(#[from] HeadFault),
    /// The connection failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Nothing came within the time allowed.
    #[error("nothing came for {} s", .0.as_secs_f32())]
    Timeout(Duration),
}

impl Link {
    /// A link over a socket.
    pub fn plain(socket: TcpStream) -> io::Result<Self> {
        let (local, peer) = (socket.local_addr()?, socket.peer_addr()?);
        // Small messages are not to wait for one another.
        socket.set_nodelay(true)?;
        let (read, write) = stream::plain(socket);
        Ok(Self::over(read, write, local, peer))
    }

    /// A link over a TLS connection between these addresses.
    pub fn secure(stream: TlsStream<Rewound>, local: SocketAddr, peer: SocketAddr) -> Self {
        let name = match &stream {
            TlsStream::Server(stream) => stream.get_ref().1.server_name().map(str::to_owned),
            TlsStream::Client(_) => None,
        };
        let (read, write) = stream::secure(stream);
        Self { name, ..Self::over(read, write, local, peer) }
    }

    /// A link over what carries bytes between these addresses.
    pub fn carried(by: Rewound, local: SocketAddr, peer: SocketAddr) -> io::Result<Self> {
        let (front, carrier) = by.into_parts();
        let mut link = match carrier {
            Carrier::Plain(socket) => Self::plain(socket)?,
            Carrier::Tls(stream) => {
                let below = stream.get_ref().0.handle().ok();
                Self { below, ..Self::secure(*stream, local, peer) }
            }
        };
        link.reader.buffer.extend_from_slice(&front);
        Ok(link)
    }

    fn over(read: ReadSide, write: WriteSide, local: SocketAddr, peer: SocketAddr) -> Self {
        Self {
            reader: Reader {
                side: read,
                buffer: BytesMut::new(),
                patience: Patience::default(),
                alarm: None,
            },
            writer: Writer { side: write },
            local,
            peer,
            name: None,
            below: None,
        }
    }

    /// The socket, with what was read from it put back; `None` when the link is in TLS.
    pub fn into_socket(self) -> Option<Rewound> {
        let front = self.reader.buffer.freeze();
        stream::reunited(self.reader.side, self.writer.side)
            .map(|socket| Rewound::new(front, socket))
    }

    /// Both sides, and what was read and not yet used.
    pub fn into_sides(self) -> (BytesMut, ReadSide, WriteSide) {
        (self.reader.buffer, self.reader.side, self.writer.side)
    }

    /// Closes by a reset: the other side can't take what it has for all.
    pub fn abort(self) {
        stream::reset(self.reader.side, self.writer.side);
    }

    /// Closes in a way that lets the other side read what was last sent to it, even while it is
    /// still sending: ends our direction, then reads for a moment.
    pub async fn close(mut self) {
        const MOST: usize = 1024 * 1024;
        let lingering = async {
            let _ = self.writer.side.shutdown().await;
            let mut seen = 0;
            while seen < MOST {
                self.reader.buffer.clear();
                match self.reader.fill().await {
                    Ok(0) | Err(_) => break,
                    Ok(length) => seen += length,
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), lingering).await;
    }

    /// Whether an idle connection can still be used: nothing came, and it was not closed.
    pub fn is_quiet(&mut self) -> bool {
        if !self.reader.buffer.is_empty() {
            return false;
        }
        // Asks the system: what the runtime knows of the socket may be a moment old, and a request
        // that is sent into a closing connection is lost.
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let mut place = [0; 1];
        if let ReadSide::Plain(half) = &self.reader.side {
            let seen = rustix::net::recv(half.as_ref(), &mut place, flags);
            return matches!(seen, Err(Errno::AGAIN));
        }
        if let Some(below) = &self.below
            && !matches!(rustix::net::recv(below, &mut place, flags), Err(Errno::AGAIN))
        {
            return false;
        }
        let mut buffer = ReadBuf::new(&mut place);
        let mut context = Context::from_waker(Waker::noop());
        let side = Pin::new(&mut self.reader.side);
        matches!(side.poll_read(&mut context, &mut buffer), Poll::Pending)
    }
}

impl Reader {
    /// Reads what is there, waiting for the first byte; 0 at the end. May be cancelled.
    pub async fn fill(&mut self) -> io::Result<usize> {
        self.make_room();
        self.side.read_buf(&mut self.buffer).await
    }

    fn make_room(&mut self) {
        if self.buffer.capacity() - self.buffer.len() < LEAST {
            self.buffer.reserve(READ);
        }
    }

    /// Ends each wait that is still going on at this time, as if its own had passed, until told
    /// otherwise: cheaper than a timer for each wait.
    pub fn wake_at(&mut self, time: Option<std::time::Instant>) {
        self.alarm = time.map(Into::into);
    }

    /// [`Reader::fill`] with a longest wait; `TimedOut` when it passed.
    pub async fn fill_within(&mut self, wait: Duration) -> io::Result<usize> {
        self.make_room();
        let Self { side, buffer, patience, alarm } = self;
        let mut reading = pin!(side.read_buf(buffer));
        let mut deadline = None;
        poll_fn(|context| match reading.as_mut().poll(context) {
            Poll::Ready(read) => Poll::Ready(read),
            Poll::Pending => {
                let deadline = *deadline.get_or_insert_with(|| {
                    let deadline = Instant::now() + wait;
                    alarm.map_or(deadline, |alarm| alarm.min(deadline))
                });
                patience.poll(deadline, context).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        })
        .await
    }

    /// Reads the head of a request; `None` when the connection ended before its first byte.
    pub async fn request_head(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> Result<Option<RequestHead>, ReadFault> {
        self.head(most, wait, RequestHead::take).await
    }

    /// Reads the head of a response; `None` when the connection ended before its first byte.
    pub async fn response_head(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> Result<Option<ResponseHead>, ReadFault> {
        self.head(most, wait, ResponseHead::take).await
    }

    async fn head<H>(
        &mut self,
        most: usize,
        wait: Duration,
        take: impl Fn(&mut BytesMut) -> Result<Option<H>, HeadFault>,
    ) -> Result<Option<H>, ReadFault> {
        let mut seen = 0;
        loop {
            if !self.buffer.is_empty() && (seen == 0 || may_be_whole(&self.buffer, seen)) {
                let before = self.buffer.len();
                if let Some(head) = take(&mut self.buffer)? {
                    // A head may come whole in one read and still be too large.
                    let used = before - self.buffer.len();
                    return if used > most {
                        Err(HeadFault::TooLarge.into())
                    } else {
                        Ok(Some(head))
                    };
                }
            }
            if self.buffer.len() > most {
                return Err(HeadFault::TooLarge.into());
            }
            seen = self.buffer.len();
            match self.fill_within(wait).await {
                Ok(0) if self.buffer.is_empty() => return Ok(None),
                Ok(0) => return Err(ReadFault::Closed),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(ReadFault::Timeout(wait));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Writer {
    /// Writes everything; `TimedOut` when the other side took nothing for `wait`.
    pub async fn send(&mut self, bytes: &[u8], wait: Duration) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = within(wait, self.side.write(rest)).await?;
            rest = advanced(rest, written)?;
        }
        self.flush(wait).await
    }

    /// Writes a head and what follows it: in one write where it is small, without a copy where it
    /// is not.
    pub async fn send_both(
        &mut self,
        mut head: Vec<u8>,
        body: &[u8],
        wait: Duration,
    ) -> io::Result<()> {
        if body.len() <= JOINED {
            head.extend_from_slice(body);
            return self.send(&head, wait).await;
        }
        let slices = [IoSlice::new(&head), IoSlice::new(body)];
        let written = within(wait, self.side.write_vectored(&slices)).await?;
        let (head, body) = match written.checked_sub(head.len()) {
            Some(of_body) => (&[][..], advanced(body, of_body)?),
            None => (advanced(&head, written)?, body),
        };
        if !head.is_empty() {
            self.send(head, wait).await?;
        }
        self.send(body, wait).await
    }

    async fn flush(&mut self, wait: Duration) -> io::Result<()> {
        match &self.side {
            WriteSide::Plain(_) => Ok(()),
            WriteSide::Tls(_) => within(wait, self.side.flush()).await,
        }
    }

    /// Ends this direction (in TLS with a close notification).
    pub async fn finish(&mut self, wait: Duration) -> io::Result<()> {
        tokio::time::timeout(wait, self.side.shutdown()).await?
    }
}

/// Waits for a write, if it has to wait at all: by far most are done at once, and need no timer.
async fn within<T>(wait: Duration, writing: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let mut writing = pin!(writing);
    let at_once = poll_fn(|context| match writing.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Poll::Ready(None),
    });
    match at_once.await {
        Some(done) => done,
        None => tokio::time::timeout(wait, writing).await?,
    }
}

/// The timer of a connection: set once for many waits. One that was set for an earlier wait goes off too
/// early, and is then set to the time that counts.
#[derive(Debug, Default)]
struct Patience(Option<Pin<Box<Sleep>>>);

impl Patience {
    /// Ready when the deadline has passed.
    fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= deadline {
                // Another wait needs one that has not gone off.
                self.0 = None;
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

fn advanced(bytes: &[u8], written: usize) -> io::Result<&[u8]> {
    if written == 0 && !bytes.is_empty() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(bytes.get(written..).unwrap_or_default())
}
