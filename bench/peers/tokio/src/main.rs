// An echo of lines: the echo server of Tokio's tutorial (https://tokio.rs/tokio/tutorial/io, "Manual copying"), with
// `read_line` in the place of `read`. The runtime is the tutorial's, too: `#[tokio::main]` is multi-threaded, with a worker
// for each core that the process may use, which is one when it is pinned to one.

use std::io::Write;
use tokio::io::{self, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("a port");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening");
    std::io::stdout().flush()?;

    loop {
        let (mut socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;

        tokio::spawn(async move {
            // "Splitting a reader + writer": this split costs nothing.
            let (reader, mut writer) = socket.split();
            let mut reader = BufReader::new(reader);
            let mut line = String::new();

            loop {
                line.clear();
                match reader.read_line(&mut line).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {
                        if writer.write_all(line.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
    }
}
