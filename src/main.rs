//! Starts the command line and nothing else.

fn main() -> std::process::ExitCode {
    testimony::cli::main()
}
