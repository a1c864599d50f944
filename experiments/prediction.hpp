// What a device itself would make of the guide's model: time by a roofline, memory, and its maker's tips.
#pragma once
#include <halfway/halfway.hpp>

namespace experiments {

/// Time and memory of a training step of the guide's model in float32 and in the device's mixed policy, with `units`
/// and at the guide's size; the guide's own numbers beside them. Nothing for a device without figures.
void print_prediction(const halfway::Device& device, int units, int batch_size);

/// Which sizes of the model miss what the device likes, and on a TPU the cycles of its products.
void print_advice(const halfway::Model& model, const halfway::Device& device, int batch_size);

}  // namespace experiments
