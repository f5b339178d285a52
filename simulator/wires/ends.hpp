/// The simplest wires: one that leads back to the card, and ends that swallow what is sent.
///
///     std::unique_ptr<Wire> wire = std::make_unique<LoopWire>();
#pragma once

#include "simulator/wire.hpp"

namespace openbar::simulator {

/// Each frame arrives at the card that sent it, before `send` returns.
class LoopWire final : public Wire {
public:
    void send(std::span<const std::byte> frame) override { deliver(frame); }
};

/// A plug without a cable.
class UnpluggedWire final : public Wire {
public:
    void send(std::span<const std::byte>) override {}
    [[nodiscard]] bool connected() const override { return false; }
};

/// A link whose other side never says a word.
class SilentWire final : public Wire {
public:
    void send(std::span<const std::byte>) override {}
};

}  // namespace openbar::simulator
