/** Preloaded into the apps that the launcher starts: when the launcher is gone, they stop as if asked to. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
