"""The model that all machines train, step by step: model.fit does not work with this strategy in Keras 3.

Keras 3's fit hands the strategy's PerReplica values on as if they were tensors (keras-team/keras#20585), so the steps
are TensorFlow's own, with Keras' model and optimizer in them.
"""

# mypy: ignore-errors
from __future__ import annotations

import hashlib

import numpy as np
import tensorflow as tf
from wslgpu_smoke_item import make_item
from wslgpu_smoke_say import tell
from wslgpu_smoke_sequence import KERAS3
from wslgpu_smoke_values import CLASSES, SEED, SIDE, TRAIN
from wslgpu_workers_values import BATCHES_EACH, EPOCHS, EVERY_STEP, RATE, ROUNDS, sequence_length

keras = tf.keras


def open_strategy():
    """Join the other machines. A machine that no longer answers is noticed within seconds, not after a minute."""
    try:
        from tensorflow.python.distribute import collective_all_reduce_strategy

        extended = collective_all_reduce_strategy.CollectiveAllReduceExtended
        extended._check_health_interval, extended._check_health_timeout = 3, 3
    except (ImportError, AttributeError) as error:
        tell("note", text="TensorFlow's own look at the other machines keeps its defaults: %r" % (error,))
    kind = getattr(tf.distribute, "MultiWorkerMirroredStrategy", None)
    return (kind or tf.distribute.experimental.MultiWorkerMirroredStrategy)()


def make_model():
    """The model and its optimizer; the same weights wherever it is made."""
    np.random.seed(SEED)
    tf.random.set_seed(SEED)
    layers = [
        keras.layers.Conv2D(8, 3, activation="relu", input_shape=(SIDE, SIDE, 1)),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(CLASSES),
    ]
    if KERAS3:
        layers[0] = keras.layers.Conv2D(8, 3, activation="relu")
        layers.insert(0, keras.Input((SIDE, SIDE, 1)))
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.SGD(RATE, momentum=0.9)
    if hasattr(optimizer, "build"):
        optimizer.build(model.trainable_variables)
    return model, optimizer


def make_step(model, optimizer):
    """One step of one replica: the mean loss of its batch, and the weights moved."""
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

    def step(pictures, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_of(labels, model(pictures, training=True)))
        gradients = tape.gradient(loss, model.trainable_variables)
        context = tf.distribute.get_replica_context()
        machines = context.num_replicas_in_sync
        # apply_gradients sums over the machines; the step of one machine on all data takes the mean.
        gradients = [gradient / machines for gradient in gradients]
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))  # noqa: B905  (Python 3.7)
        return loss

    return step


def train_together(strategy, feed):
    """All epochs over this machine's share. The weights before and after, a loss an epoch, and what was fed."""
    with strategy.scope():
        model, optimizer = make_model()
        step = make_step(model, optimizer)

    @tf.function
    def together(pictures, labels):
        loss = strategy.run(step, args=(pictures, labels))
        return strategy.reduce(tf.distribute.ReduceOp.MEAN, loss, axis=None)

    before, losses, fed = model.get_weights(), [], []
    for epoch in range(EPOCHS):
        total = 0.0
        for number, (pictures, labels, tag) in enumerate(feed):
            if number % EVERY_STEP == 0:
                said = "epoch %d of %d, batch %d of %d" % (epoch + 1, EPOCHS, number + 1, BATCHES_EACH)
                tell("progress", text=said, epoch=epoch + 1)
            total += float(together(tf.constant(pictures), tf.constant(labels)))
            fed.append([epoch] + [int(value) for value in tag])
        losses.append(total / BATCHES_EACH)
    return before, model.get_weights(), losses, fed


def train_alone(before, machines):
    """The same on this machine alone: every step on the batches of all machines at once. A loss an epoch."""
    model, optimizer = make_model()
    model.set_weights(before)
    step = tf.function(make_step(model, optimizer))
    length, losses = sequence_length(machines), []
    items = [make_item(TRAIN, index, ROUNDS) for index in range(length)]
    for epoch in range(EPOCHS):
        tell("progress", text="alone: epoch %d of %d" % (epoch + 1, EPOCHS))
        total = 0.0
        for first in range(0, length, machines):
            pictures, labels = zip(*items[first : first + machines])  # noqa: B905  (Python 3.7)
            total += float(step(tf.constant(np.concatenate(pictures)), tf.constant(np.concatenate(labels))))
        losses.append(total / BATCHES_EACH)
    return losses


def compare_all(strategy, after, fed, index, machines):
    """What all machines say: a digest of each one's weights, and how often each index of each epoch was used.

    Both are summed over the machines as float32, in which numbers of 16 bits are exact: every machine fills a row.
    """
    text = hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in after)).digest()
    digests = np.zeros((machines, len(text) // 2), dtype="float32")
    digests[index] = np.frombuffer(text, dtype="uint16")
    used = np.zeros(EPOCHS * sequence_length(machines), dtype="float32")
    for row in fed:
        used[row[0] * sequence_length(machines) + row[1]] += 1

    @tf.function
    def add(*values):
        mine = strategy.run(lambda *given: [tf.identity(one) for one in given], args=values)
        return [strategy.reduce(tf.distribute.ReduceOp.SUM, one, axis=None) for one in mine]

    digests, used = [np.array(one) for one in add(tf.constant(digests), tf.constant(used))]
    return [row.astype("uint16").tobytes().hex()[:16] for row in digests], [int(count) for count in used]
