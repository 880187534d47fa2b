// Service worker.
