"""Does use_multiprocessing=True train a Keras Sequence through fork here? Run: python THIS_FILE (needs tensorflow)

The data is synthetic. Each batch carries its index and its maker's pid to the model as a second input, and the model
itself notes what reaches it: calls of __getitem__ would prove nothing.
"""
import faulthandler
import multiprocessing
import os
import sys
import time

import numpy as np
import tensorflow as tf

LENGTH, EPOCHS, WORKERS = 24, 2, 2
keras3 = hasattr(tf.keras.utils, "PyDataset")
module = sys.modules[tf.keras.utils.Sequence.__module__]
pool_class = module.get_pool_class  # fork for Keras only; the process-wide default stays what it is
module.get_pool_class = lambda mp: multiprocessing.get_context("fork").Pool if mp else pool_class(mp)
arrived = []

class Stripes(tf.keras.utils.Sequence):
    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        rng, end = np.random.RandomState(index), time.thread_time() + 0.015
        y = rng.randint(0, 2, 32)
        x = np.sin(np.where(y[:, None, None], *np.mgrid[0:16, 0:16][:, None])) + rng.normal(0, 0.5, (32, 16, 16))
        while time.thread_time() < end:  # stands for reading and augmenting: 15 ms of CPU
            np.fft.fft2(x)
        return (x[..., None].astype("float32"), np.full((32, 2), [index, os.getpid()], "int32")), y

class Note(tf.keras.layers.Layer):
    def call(self, inputs):
        zero = tf.numpy_function(lambda tag: arrived.append(tag.tolist()) or np.float32(0), [inputs[1][0]], tf.float32)
        return inputs[0] + tf.reshape(zero, [1, 1, 1, 1])

def kernel(shape, dtype=None):
    return tf.constant(np.random.RandomState(0).normal(0, 0.3, shape), dtype or "float32")

def fit(workers):
    arrived.clear()
    x, tag = tf.keras.Input((16, 16, 1)), tf.keras.Input((2,), dtype="int32")
    y = tf.keras.layers.Conv2D(8, 3, activation="relu", kernel_initializer=kernel)(Note()([x, tag]))
    y = tf.keras.layers.GlobalMaxPooling2D()(y)
    model = tf.keras.Model([x, tag], tf.keras.layers.Dense(2, "softmax", kernel_initializer="zeros")(y))
    model.compile(tf.keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    how, began = {"workers": workers, "use_multiprocessing": workers > 1}, time.time()
    data, arguments = (Stripes(**how), {}) if keras3 else (Stripes(), how)  # Keras 2 takes them in fit()
    losses = model.fit(data, epochs=EPOCHS, shuffle=False, verbose=0, **arguments).history["loss"]
    print("workers=%d: %.1f s, losses %s" % (workers, time.time() - began, np.round(losses, 4)))
    return list(arrived), losses

faulthandler.dump_traceback_later(300, exit=True)  # a worker that dies would make fit wait for ever
one, fork = fit(1), fit(WORKERS)
pids, ordered = {pid for _, pid in fork[0]}, [index for index, _ in fork[0]] == EPOCHS * list(range(LENGTH))
good = ordered and os.getpid() not in pids and len(pids) > 1 and np.allclose(one[1], fork[1], atol=0.01)
print("made by", sorted(pids), "of", os.getpid(), "in order:", ordered, "verdict:", "PASSED" if good else "FAILED")
sys.exit(not good)
