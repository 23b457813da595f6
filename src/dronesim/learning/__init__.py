"""Learning to dispatch: an environment of the extra ``rl`` over the steps of a day."""
