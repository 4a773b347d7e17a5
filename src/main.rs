//! Starts the command line and nothing else.

/// Recording and judging allocate for each exchange; this takes a tenth off their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    testimony::cli::main()
}
