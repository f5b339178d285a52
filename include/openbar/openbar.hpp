/// All of openbar's public API for working with a device.
#pragma once

#include "openbar/address.hpp"
#include "openbar/any_registers.hpp"
#include "openbar/configuration.hpp"
#include "openbar/copy.hpp"
#include "openbar/device.hpp"
#include "openbar/dma.hpp"
#include "openbar/dma_order.hpp"
#include "openbar/error.hpp"
#include "openbar/interrupt.hpp"
#include "openbar/mapping.hpp"
#include "openbar/mediated_registers.hpp"
#include "openbar/pci.hpp"
#include "openbar/pinned_memory.hpp"
#include "openbar/region.hpp"
#include "openbar/register.hpp"
#include "openbar/register_access.hpp"
