"""Training: the LightningModule, its trainer, callbacks, loggers and checkpoints, and the test of the best weights."""
