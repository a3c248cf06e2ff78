"""The smoke's model, and one `fit` of it."""

# mypy: ignore-errors
# (TensorFlow and numpy of any version: there are no types to hold on to)
from __future__ import annotations

import time

import numpy as np
import tensorflow as tf
from wslgpu_smoke_ledger import Ledger
from wslgpu_smoke_sequence import KERAS3
from wslgpu_smoke_values import CLASSES, SIDE, TAG

keras = tf.keras


class Gate(keras.layers.Layer):
    """Stands in front of the model and reports each batch to the ledger."""

    ledger = None

    def call(self, inputs):
        pictures, tag = inputs

        def note(row):
            return np.float32(self.ledger.note(row))

        zero = tf.numpy_function(note, [tag[0]], tf.float32)
        # The sum makes the report part of the model: no optimizer can leave it out.
        return pictures + tf.reshape(zero, [1, 1, 1, 1])

    def compute_output_shape(self, shapes):
        return shapes[0]


class Notes(keras.callbacks.Callback):
    """Tells the ledger of epochs and steps; `progress` gets the number of each epoch that begins."""

    def __init__(self, ledger, progress):
        super(Notes, self).__init__()
        self.ledger, self.progress = ledger, progress

    def on_epoch_begin(self, epoch, logs=None):
        self.ledger.epoch = epoch
        self.progress(epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.ledger.note_done((logs or {}).get("loss"))

    def on_test_batch_end(self, batch, logs=None):
        self.ledger.note_done()


def build_model(kind=None):
    """A small convolutional model and its ledger. `kind`: the class of the model, keras.Model unless given."""
    ledger = Ledger()
    gate = Gate(name="gate")
    gate.ledger = ledger
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    tag = keras.Input((len(TAG),), dtype="int32", name="tag")
    x = gate([pictures, tag])
    x = keras.layers.Conv2D(8, 3, activation="relu", name="conv1")(x)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(16, 3, activation="relu", name="conv2")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(CLASSES, activation="softmax")(x)
    model = (kind or keras.Model)([pictures, tag], x)
    options = {"jit_compile": False} if KERAS3 else {}
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"], **options
    )
    return model, ledger


def fit(model, ledger, make, workers=1, use_multiprocessing=False, queue=10, epochs=1, shuffle=False, progress=None):
    """Fit once on what `make(**settings)` gives: a Sequence, or a pair of it and its validation Sequence.

    Returns the history and the seconds; what reached the model is in the ledger.
    """
    ledger.open()
    settings = {"workers": workers, "use_multiprocessing": use_multiprocessing}
    data = make(origin=ledger.origin, queue=queue, **settings)
    data, validation = data if isinstance(data, tuple) else (data, None)
    # Keras 2 takes them in fit, Keras 3 in the Sequence.
    arguments = {} if KERAS3 else dict(settings, max_queue_size=queue)
    began = time.monotonic()
    history = model.fit(
        data,
        validation_data=validation,
        epochs=epochs,
        shuffle=shuffle,
        verbose=0,
        callbacks=[Notes(ledger, progress or (lambda epoch: None))],
        **arguments,
    )
    return history.history, time.monotonic() - began
