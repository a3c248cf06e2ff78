"""TensorFlow and the model of the trials: the user's own, or one whose step costs nothing."""

from __future__ import annotations

import wslgpu_audit_say as say
import wslgpu_audit_serial as serial
import wslgpu_audit_target as target


def find_tensorflow():
    try:
        import tensorflow as tf
    except ImportError as error:
        say.tell("no-tensorflow", text=str(error), missing=getattr(error, "name", "") == "tensorflow")
        return None
    keras = tf.keras
    say.tell(
        "versions",
        tensorflow=tf.__version__,
        keras=str(getattr(keras, "__version__", "")) or "2",
        keras3=hasattr(keras.utils, "PyDataset"),
        gpus=len(tf.config.list_physical_devices("GPU")),
    )
    return tf


def load_model(tf, name):
    """The user's compiled model, or one whose step costs nothing."""
    if not name:
        return make_sink(tf)
    module_name, _, part = name.partition(":")
    try:
        found = target.import_module(module_name)
    except Exception as error:
        say.tell("cannot-import", text="%s: %s" % (type(error).__name__, error), missing="")
        return None
    for piece in part.split("."):
        if not hasattr(found, piece):
            say.tell("no-such-model", name=part, module=module_name)
            return None
        found = getattr(found, piece)
    try:
        model = found if hasattr(found, "train_on_batch") else found()
    except Exception as error:
        say.tell("cannot-make", text="%s: %s" % (type(error).__name__, error), line=serial.user_line(error))
        return None
    if not hasattr(model, "fit"):
        say.tell("no-model", kind=type(model).__name__)
        return None
    if getattr(model, "optimizer", None) is None:
        say.tell("not-compiled", name=name)
        return None
    return model


def make_sink(tf):
    class Sink(tf.keras.Model):
        def call(self, inputs):
            return inputs

        def train_step(self, data):
            first = tf.nest.flatten(data)[0]
            return {"loss": tf.cast(tf.shape(first)[0], tf.float32) * 0.0}

    model = Sink()
    model.compile(optimizer="sgd", **({"jit_compile": False} if hasattr(tf.keras.utils, "PyDataset") else {}))
    return model
