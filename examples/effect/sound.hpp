// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sounds of one channel: a guitar that is computed, the effect to learn, spectra, and files (libsndfile).

#include <string>
#include <vector>

struct Sound {
    int rate = 48000;  // samples a second
    std::vector<float> samples = {};

    double seconds() const { return static_cast<double>(samples.size()) / rate; }
};

/// Plucked strings: chords and single notes of any strength. Source: K. Karplus, A. Strong: Digital Synthesis of
/// Plucked-String and Drum Timbres, 1983.
Sound guitar(double seconds, unsigned seed);
/// A sine of a frequency in Hz.
Sound sine(double seconds, double frequency, float amplitude);

/// The effect: the deepest tones are taken away, the rest is amplified 12 times and bent by a tanh that is not
/// symmetric, and the highest tones are taken away.
Sound distorted(const Sound& dry);

/// The level of a frequency in the last second of a sound, in decibels; 0 is a sine from -1 to 1.
double level_of(const Sound& sound, double frequency);

/// The first channel of a file. Throws std::runtime_error.
Sound read_sound(const std::string& path);
/// Writes a file of 24 bits. Throws std::runtime_error.
void write_sound(const Sound& sound, const std::string& path);
