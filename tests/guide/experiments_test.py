"""What the programs for people print: experiments_test.py GUIDE CUSTOM_TRAINING_LOOP FLOAT32_ON_TPU UNDERFLOW_AND_OVERFLOW

The guide once at its full size on generated digits, everything else on a few easy images in a folder of IDX files.
"""
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

GUIDE, LOOP, ON_TPU, EDGES = sys.argv[1:]
NUMBER = r"\d+(\.\d+)?(e-\d+)?"
SCORES = rf"loss: {NUMBER} - accuracy: {NUMBER}"


def write_digits(folder):
    """640 and 100 images: label d lights up row 2d + 3, with noise."""
    draw = random.Random(1)
    for part, count in (("train", 640), ("t10k", 100)):
        labels = bytes(draw.randrange(10) for _ in range(count))
        images = b"".join(bytes(draw.randrange(128, 256) if pixel // 28 == 2 * label + 3 else draw.randrange(64)
                                for pixel in range(784)) for label in labels)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 0x803, count, 28, 28) + images)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, count) + labels)


temporary = tempfile.TemporaryDirectory()
write_digits(pathlib.Path(temporary.name))
EASY = ["--data", temporary.name, "--batch-size", "64", "--units", "16"]


def run(*command):
    environment = {name: value for name, value in os.environ.items() if name != "HALFWAY_DATA"}
    environment["OMP_NUM_THREADS"] = "1"  # a program on each core already
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def output(*command):
    ran = run(*command)
    if ran.returncode != 0:
        raise RuntimeError(f"{command} exited with {ran.returncode}: {ran.stderr}")
    return ran.stdout


def missing(text, patterns):
    """The first pattern that no line after the one before it matches in full."""
    lines = iter(text.splitlines())
    for pattern in patterns:
        if not any(re.fullmatch(pattern, line) for line in lines):
            return f"no line '{pattern}' where it should be in:\n{text}"
    return ""


def number_after(text, label):
    return float(re.search(rf"^{re.escape(label)} ({NUMBER})$", text, re.MULTILINE)[1])


def without_times(text):
    return re.sub(r"\d+s \d+[um]?s/sample|- \d+s -| +[\d.]+ us$|about [a-z0-9 ]+ here", "TIME", text, flags=re.MULTILINE)


# --------------------------------------------------------------------------------------------------------- the guide


def full_size():
    ran = run(GUIDE, "--until", "loop", "--units", "32")
    epochs = [line for epoch in range(1, 6)
              for line in (rf"Epoch {epoch}/5",
                           rf"48000/48000 \[={{30}}\] - \d+s \d+us/sample - {SCORES} - val_loss: {NUMBER} - val_accuracy: {NUMBER}")]
    wrong = missing(ran.stdout, [
        "Compute dtype: float16", "Variable dtype: float32",
        r"The model will run with 32 units on a CPU: cpu, .*", r"\(--units 4096, .* takes about .* here\)",
        "x.dtype: float16", "dense1.kernel.dtype: float32", "Outputs dtype: float16", "Outputs dtype: float32",
        r"Generated digits .*", "Train on 48000 samples, validate on 12000 samples", *epochs,
        rf"10000/10000 - \d+s - {SCORES}", rf"Test loss: {NUMBER}", rf"Test accuracy: {NUMBER}", "Steps skipped: 0",
        r"256 \*\* 2 = inf .*", r"1e-5 \*\* 2 = 0 .*",
        r"Loss scale: DynamicLossScale\(current_loss_scale=32768.0, num_good_steps=30, initial_loss_scale=32768.0, "
        r"increment_period=2000, multiplier=2.0\)", r"FixedLossScale\(1024.0\)",
        *[rf"Epoch {epoch}: loss={NUMBER}, test accuracy={NUMBER}" for epoch in range(5)], "Steps skipped: 0 of 40"])
    if not wrong and ran.stderr.count("Mixed precision compatibility check (mixed_float16): WARNING") != 1:
        wrong = f"the compatibility check should be logged once; the log is: {ran.stderr}"
    if not wrong and number_after(ran.stdout, "Test accuracy:") < 0.6:
        wrong = f"nothing was learnt: {ran.stdout}"
    return wrong


def table_of(text):
    """{(policy, device): (accuracy, rest of the row)}; the row below mixed_float16 has no policy's name."""
    rows = re.findall(r"^(\S+|  no loss scale) +(cpu|tpu_v3) +([\d.]+) %  (.+) us$", text, re.MULTILINE)
    return {(policy.strip(), device): (accuracy, rest) for policy, device, accuracy, rest in rows}


def whole_guide():
    complaints = []
    for policy, device in (("mixed_float16", "cpu"), ("mixed_bfloat16", "tpu_v3")):
        command = [GUIDE, *EASY, "--policy", policy, "--device", device]
        text = output(*command)
        table = table_of(text)
        accuracy = f"{100 * number_after(text, 'Test accuracy:'):.2f}"
        if len(table) != 8 or table[policy, device][0] != accuracy:
            complaints.append(f"the table should have 8 rows, and that of {policy} on {device} {accuracy} %:\n{text}")
        if any(not (re.match("- ", rest) if device == "cpu" else re.match(r"equal |[\d.]+ %, up to [\d,]+ ulps ", rest))
               for (_, device), (_, rest) in table.items()):
            complaints.append(f"weights are compared with cpu's, on other devices only:\n{text}")
        if without_times(output(*command)) != without_times(text):
            complaints.append(f"the same seed gives other output:\n{text}")
        if without_times(output(*command, "--seed", "1")) == without_times(text):
            complaints.append(f"another seed gives the same output:\n{text}")
    return "\n".join(complaints)


def device_speaks():
    text = output(GUIDE, *EASY, "--policy", "mixed_bfloat16", "--device", "tpu_v3")
    return missing(text, ["Compute dtype: bfloat16", r"The model will run with 16 units on an emulated TPU: tpu_v3, TPU v3 \(tpu_mxu_128 \(H0\): from published descriptions\)",
                          "Outputs dtype: bfloat16", "Outputs dtype: float32", "Loss scale: None",
                          "Cloud TPU performance tips",
                          r"  digits: shape = 784 is no multiple of 128; .*", r"  dense_1: units = 16 is no multiple of 128; .*",
                          r"  dense_logits: units = 10 is .*", r"  dense_1: 64 x 784 x 16 takes about \d+ cycles, .*SCALE-Sim.*"])


def on_a_v100():
    """The guide's compatibility line, a training with V100 bits, the card's own time, its memory."""
    few = ["--device", "tesla_v100", "--epochs", "1", "--until", "fit"]
    ran = run(GUIDE, *EASY, *few)
    line = ("Your GPU will likely run quickly with dtype policy mixed_float16 as it has compute capability of at least "
            "7.0. Your GPU: Tesla V100-SXM2-16GB, compute capability 7.0")
    wrong = "" if line in ran.stderr else f"no compatibility line in: {ran.stderr}"
    wrong = wrong or missing(ran.stdout, [
        r"The model will run with 16 units on an emulated GPU: tesla_v100, Tesla V100-SXM2-16GB \(volta_mma_f16: "
        r"checked against published silicon output\)", r"Predicted for Tesla V100-SXM2-16GB itself, .*",
        *[rf"  {policy} +{units} units +{NUMBER} us +{NUMBER} GiB"
          for units in (16, 4096) for policy in ("float32", "mixed_float16")],
        r"At the guide's size mixed_float16 is predicted to be [\d.]+ times as fast\. .*"])
    on_cpu = output(GUIDE, *EASY, "--epochs", "1", "--until", "fit")
    if number_after(on_cpu, "Test loss:") == number_after(ran.stdout, "Test loss:"):
        wrong = wrong or "a V100 gives the CPU's bits"
    small = run(GUIDE, *EASY, *few, "--memory", "100KiB")
    if small.returncode != 1 or "on device tesla_v100, where" not in small.stderr or "of 100 KiB are in use" not in small.stderr:
        wrong = wrong or f"100 KiB should be too little: {small.stderr}"
    return wrong


def loss_scale_options():
    def line_for(*options):
        text = output(GUIDE, *EASY, "--until", "loop", *options)
        return re.search("^Loss scale: .*$", text, re.MULTILINE)[0]

    expected = {("--loss-scale", "1024"): "Loss scale: FixedLossScale(1024.0)",
                ("--loss-scale", "none"): "Loss scale: None",
                ("--policy", "float32"): "Loss scale: None",
                ("--epochs", "2"): "Loss scale: DynamicLossScale(current_loss_scale=32768.0, num_good_steps=16, "
                                   "initial_loss_scale=32768.0, increment_period=2000, multiplier=2.0)"}
    return "\n".join(f"{options}: {line_for(*options)}" for options, line in expected.items() if line_for(*options) != line)


def every_policy():
    """Every policy that --help names trains on every device: the easy digits are learnt."""
    complaints = []
    for policy in ("mixed_float16", "mixed_bfloat16", "float32", "float16", "bfloat16", "float64"):
        for device in ("cpu", "tpu_v3"):
            text = output(GUIDE, *EASY, "--until", "fit", "--epochs", "20", "--policy", policy, "--device", device)
            # Pure float16 has to run, not to learn: squares of small gradients underflow in RMSprop's state.
            if number_after(text, "Test accuracy:") < (0 if policy == "float16" else 0.9):
                complaints.append(f"{policy} on {device}:\n{text}")
    return "\n".join(complaints)


# ------------------------------------------------------------------------------------------------ the other programs


def custom_training_loop():
    text = output(LOOP, *EASY, "--epochs", "20")
    wrong = missing(text, [r"MNIST .*", r"Policy: mixed_float16, 16 units on a CPU: .*",
                           *[rf"Epoch {epoch}: loss={NUMBER}, test accuracy={NUMBER}" for epoch in range(20)],
                           "Steps skipped: 0 of 200",
                           r"Loss scale: DynamicLossScale\(current_loss_scale=32768.0, num_good_steps=200, .*"])
    if not wrong and not re.search(r"^Epoch 19: .* accuracy=(1|0\.9)", text, re.MULTILINE):
        wrong = f"nothing was learnt:\n{text}"
    return wrong


def float32_on_tpu():
    some = r"[\d.]+ % differ, up to [\d,]+ ulps"
    return missing(output(ON_TPU, *EASY), [
        rf"sums before the output cast, float32 +{some} +all equal", rf"outputs, cast to bfloat16 +{some} +all equal",
        rf"outputs with a bias, cast to bfloat16 +{some} +{some}", ".*hypothesis H0.*",
        *[rf"{policy} +{device} +[\d.]+ % +[\d.]+ % +\d+ of 100"
          for policy in ("float32", "mixed_bfloat16") for device in ("cpu", "tpu_v3")]])


def underflow_and_overflow():
    return missing(output(EDGES), [
        r"In float16, 256 \*\* 2 = inf and 1e-5 \*\* 2 = 0\.", " +bfloat16 +65536 +1e-10", " +float16 +inf +0",
        "float32: .*", r" .* 3\.4028235677973366e\+38 .*", ".* = 2\\^-150 .*",
        "float16: .*", " +largest finite number +65504 +0 11110 1111111111",
        r" +first that rounds to inf +65520 +0 11111 0000000000 \(rounds to inf\)",
        r" +smallest normal number +6\.103515625e-05 = 2\^-14 +0 00001 0000000000",
        r" +smallest subnormal number +5\.960464477539063e-08 = 2\^-24 +0 00000 0000000001",
        r" +largest that rounds to 0 +2\.9802322387695312e-08 = 2\^-25 +0 00000 0000000000 \(rounds to 0\)",
        r" +epsilon, .* +0\.0009765625 = 2\^-10 +0 00101 0000000000",
        "float8_e4m3fn: .*", r" +last that does not round to nan +464 +0 1111 110 \(rounds to 448\)"])


# ----------------------------------------------------------------------------------------------------------- mistakes


def mistakes():
    cases = {("--policy", "mixed_float12"): "mixed_bfloat16", ("--policy", "int32"): "floating-point",
             ("--device", "tpu_v9"): "cpu, tpu_v2, tpu_v3", ("--device", "cuda:0"): "CUDA",
             ("--data", os.path.join(temporary.name, "absent")): "absent",
             ("--loss-scale", "much"): "dynamic", ("--loss-scale", "0.5"): "at least 1",
             ("--units", "0"): "--units", ("--epochs", "many"): "--epochs", ("--until", "dawn"): "fit",
             ("--polcy", "float32"): "--help"}
    complaints = []
    for options, hint in cases.items():
        ran = run(GUIDE, *EASY, *options)
        if ran.returncode != 1 or hint not in ran.stderr:
            complaints.append(f"{options}: exit status {ran.returncode}, '{hint}' expected in: {ran.stderr}")
    return "\n".join(complaints)


def help_everywhere():
    complaints = [f"{program}: {ran.stdout}{ran.stderr}" for program in (GUIDE, LOOP, ON_TPU, EDGES)
                  for ran in [run(program, "--help")] if ran.returncode != 0 or "Usage:" not in ran.stdout]
    text = output(GUIDE, "--help")
    options = ("--policy", "--device", "--memory", "--units", "--batch-size", "--epochs", "--data", "--seed", "--loss-scale")
    complaints += [f"guide --help lacks {option}" for option in options if option not in text]
    return "\n".join(complaints)


tap.run({
    "the guide's lines, in its order, at its size": full_size,
    "the whole guide: its table agrees with its run; one seed, one output": whole_guide,
    "the guide on an emulated TPU": device_speaks,
    "the guide on an emulated V100": on_a_v100,
    "loss scales": loss_scale_options,
    "every policy on every device": every_policy,
    "custom_training_loop": custom_training_loop,
    "float32_on_tpu": float32_on_tpu,
    "underflow_and_overflow": underflow_and_overflow,
    "mistakes are told with what there is": mistakes,
    "--help everywhere": help_everywhere,
})
