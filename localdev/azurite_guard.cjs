// Loaded into Node before Azurite, which saves its index only when it ends by itself.
//
// Ends Azurite when standard input ends, that is when the parent is gone. Azurite listens for SIGTERM once; this
// listener stays, so that a second signal cannot end the process while the first is still saving.
let signals = 0;
process.on("SIGTERM", () => {
  signals += 1;
  const stillStarting = process.listenerCount("SIGTERM") === 1;
  if (signals === 1 && stillStarting) process.exit(0);
});
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
process.stdin.resume();
process.stdin.unref();
