"""Which devices there are, and where the convolutions really ran."""

# mypy: ignore-errors
from __future__ import annotations

import tensorflow as tf
from wslgpu_smoke_say import tell


def prepare_devices(wanted):
    """Memory growth on every GPU, none visible when the CPU is wanted. Names of the GPUs in use."""
    config = getattr(tf.config, "experimental", tf.config)
    listed = getattr(tf.config, "list_physical_devices", None) or config.list_physical_devices
    gpus = listed("GPU")
    if wanted == "cpu":
        config.set_visible_devices([], "GPU")
        return []
    names = []
    for gpu in gpus:
        try:
            config.set_memory_growth(gpu, True)
        except (RuntimeError, ValueError) as error:
            tell("note", text="memory growth could not be switched on for %s: %s" % (gpu.name, error))
        try:
            names.append(str(config.get_device_details(gpu).get("device_name", gpu.name)))
        except Exception:
            names.append(gpu.name)
    return names


def read_placement(model, item):
    """Where the convolutions of one training step really ran: the devices of the executed graph's nodes.

    An empty list where this TensorFlow does not tell; then `output_device` (of an eager call) is what there is.
    """
    devices = set()
    try:
        from tensorflow.python.eager import context

        if not context.executing_eagerly():
            return []  # TensorFlow 1.15: its fit takes a validation Sequence only in graph mode
        context.context().enable_graph_collection()
        try:
            model.train_on_batch(item[0], item[1])
            metadata = context.context().export_run_metadata()
        finally:
            context.context().disable_graph_collection()
        graphs = list(metadata.partition_graphs)
        for function in metadata.function_graphs:
            graphs += list(function.partition_graphs)
        for graph in graphs:
            for node in graph.node:
                if "Conv2D" in node.op and node.device:
                    devices.add(node.device.split("device:")[-1])
    except Exception as error:
        tell("note", text="placement of operations could not be read: %r" % (error,))
    return sorted(devices)


def read_output_device():
    """The device of an eager convolution's result."""
    try:
        result = tf.nn.conv2d(tf.zeros([1, 8, 8, 1]), tf.zeros([3, 3, 1, 1]), 1, "VALID")
        return str(result.device).split("device:")[-1] or "unknown"
    except Exception as error:
        return "unknown: %r" % (error,)
