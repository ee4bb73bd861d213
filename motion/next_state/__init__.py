"""The next-state model: from a text and the present state of a film, what its state will be a moment later.

    clips.py      films and drawn moving scenes as rows of states
    networks.py   the simple network, and the one of rotation layers with cross-attention
    modes.py      what one training sample is: normal, back, rotation, diff
    training.py   the training run: configuration, checkpoints, early stop, curves
    model.py      a trained model: its files, and generation from generation
    trial.py      how far it sees, against staying and against rotating on

A state is a unit vector of a picture encoder (``motion.encoders``).
"""
